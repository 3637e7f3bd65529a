package hadirector.sync.ipvs;

import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An IPVS master and a backup of ours on a wire.
@Lab
class IpvsWireLabTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final String V4 = "224.0.0.81";

    private final NetLab lab = new NetLab();

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, "ff02::51"})
    void whatAMasterTellsItsBackupTakes(String group) throws Exception {
        var lan = lab.segment("sync");
        var master = lab.host("lb1").ipv6();
        var backup = lab.host("lb2").ipv6();
        master.nic("eth0", lan, "10.9.0.1/24", "fd09::1/64");
        backup.nic("eth0", lan, "10.9.0.2/24", "fd09::2/64");
        var sends = master.startJava(IpvsNode.class, "send", group);
        backup.startJava(IpvsNode.class, "receive", group).awaitOutput("1 hears 198.51.100.7:40000", BOUND);
        sends.awaitOutput("refreshed", BOUND);
    }

    @Test
    void anInterfaceThatGoesAndComesBackIsFollowed() throws Exception {
        var lan = lab.segment("sync");
        var master = lab.host("lb1");
        var backup = lab.host("lb2");
        master.nic("eth0", lan, "10.9.0.1/24");
        master.startJava(IpvsNode.class, "send", V4);
        var receives = backup.startJava(IpvsNode.class, "receive", V4);
        receives.awaitOutput("0 [IPVS connections are not received: eth0 is not there, or has no address]", BOUND);
        backup.nic("eth0", lan, "10.9.0.2/24");
        receives.awaitOutput("1 hears", BOUND);
        backup.with("ip link del eth0");
        receives.awaitOutput("1 [IPVS connections are not received", BOUND);
        backup.nic("eth0", lan, "10.9.0.2/24");
        receives.awaitOutput("2 hears", BOUND);
    }
}
