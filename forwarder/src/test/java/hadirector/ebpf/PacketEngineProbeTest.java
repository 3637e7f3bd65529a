package hadirector.ebpf;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.linux.Capability;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class PacketEngineProbeTest {
    @Test
    void missingPrivilegesComeWithTheLineThatMendsThem() {
        assertThat(PacketEngineProbe.missing(EnumSet.of(Capability.CAP_BPF, Capability.CAP_NET_RAW)))
                .isEqualTo(
                        new Support.Missing(
                                "missing privilege: CAP_NET_RAW CAP_BPF",
                                "Start the director as root or with AmbientCapabilities=CAP_NET_RAW CAP_BPF"
                                        + " in its systemd unit."));
    }
}
