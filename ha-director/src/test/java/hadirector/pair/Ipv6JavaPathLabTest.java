package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.Counter;
import hadirector.lab.Lab;
import org.junit.jupiter.api.Test;

/// IPv6 with every packet through the Java path, and directors that speak IPv6 with each other too.
@Lab
class Ipv6JavaPathLabTest extends Ipv6Lab {
    Ipv6JavaPathLabTest() {
        super("{ kind = packet, offload = off }");
        var _ = pair.clusterOverIpv6();
    }

    @Test
    void theKernelForwardsNothing() {
        clients.exchange(VIP, 1007, 1 << 20);
        assertThat(pair.counter("lb1", Counter.FRAMES_FORWARDED)).isPositive();
        assertThat(pair.counter("lb1", Counter.FRAMES_OFFLOADED)).isZero();
    }
}
