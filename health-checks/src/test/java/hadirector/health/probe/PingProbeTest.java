package hadirector.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.Samples;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PingProbeTest {
    private static final Duration TOOK = Duration.ofMillis(40);

    @Test
    void readsTheRoundTripTimeThatPingPrints() {
        assertThat(PingProbe.judge(0, "64 bytes from 10.1.0.11: icmp_seq=1 ttl=64 time=0.508 ms\n", TOOK))
                .isEqualTo(new Passed(Duration.ofNanos(508_000)));
        assertThat(PingProbe.judge(0, "64 bytes from 10.1.0.11: icmp_seq=1 ttl=64 time=12 ms\n", TOOK))
                .isEqualTo(new Passed(Duration.ofMillis(12)));
        assertThat(PingProbe.judge(0, "", TOOK)).isEqualTo(new Passed(TOOK));
    }

    @Test
    void tellsAnUnreachableHostFromAPingThatCouldNotBeSent() {
        String unreachable =
                """
                PING 10.1.0.19 (10.1.0.19) 56(84) bytes of data.
                From 10.1.0.1 icmp_seq=1 Destination Host Unreachable

                --- 10.1.0.19 ping statistics ---
                1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
                """;
        assertThat(PingProbe.judge(1, unreachable, TOOK))
                .isEqualTo(new Refused("From 10.1.0.1 icmp_seq=1 Destination Host Unreachable"));
        assertThat(PingProbe.judge(1, "", TOOK)).isEqualTo(new Refused("no answer"));
        assertThat(PingProbe.judge(2, "ping: connect: Network is unreachable\n", TOOK))
                .isEqualTo(new NotRun("ping: connect: Network is unreachable"));
        assertThat(PingProbe.judge(77, "", TOOK)).isEqualTo(new NotRun("ping exited with 77"));
    }

    @Test
    void pingsForReal() throws Exception {
        try (var prober = new Prober()) {
            ProbeResult loopback = prober.probe(Endpoint.of("127.0.0.1:80"), new Check.Ping(Samples.QUICK));
            assumeFalse(
                    loopback instanceof NotRun(String why) && why.contains("iputils-ping"),
                    "needs the Debian package iputils-ping");
            assertThat(loopback).isInstanceOf(Passed.class);
            assertThat(prober.probe(Endpoint.of("255.255.255.255:80"), new Check.Ping(Samples.QUICK)))
                    .isInstanceOf(NotRun.class);
        }
    }
}
