package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Reg;
import hadirector.ebpf.XdpMode;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.netlink.Netlink;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Lab
class AcceleratorLabTest {
    private static final int XDP_PASS = 2;
    private static final int TCX_NEXT = -1;

    private final NetLab lab = new NetLab();
    private final Host director = lab.host("director");
    private int ifindex;

    @BeforeEach
    void plug() {
        lab.cable(director, "eth0", lab.host("far"), "eth0");
        ifindex = Ports.ifindex(director, "eth0");
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private String attached(FastPath.Acceleration acceleration) {
        return director.in(() -> {
            try (var program = new TestFastPath(acceleration)) {
                program.attach(ifindex);
                assertThat(program.path.isAccelerated(ifindex)).isEqualTo(program.path.describe(ifindex).contains("+ XDP"));
                return program.path.describe(ifindex);
            }
        });
    }

    @Test
    void autoLeavesVirtualInterfacesToTc() {
        assertThat(attached(FastPath.Acceleration.AUTO)).isEqualTo("tcx, no XDP: a veth has no driver that would gain by it");
    }

    @Test
    void offIsOff() {
        assertThat(attached(FastPath.Acceleration.OFF)).isEqualTo("tcx, no XDP: accelerate = off");
    }

    @Test
    void askedForItSitsWhereTheDriverCan() {
        assertThat(attached(FastPath.Acceleration.XDP)).isEqualTo("tcx + XDP");
        director.with("ip link add br0 type bridge");
        ifindex = Ports.ifindex(director, "br0");
        assertThat(attached(FastPath.Acceleration.XDP)).isEqualTo("tcx, no XDP: its driver has no XDP");
    }

    private List<String> foreign() {
        return director.in(() -> {
            try (var netlink = new Netlink()) {
                return ForeignPrograms.on(ifindex, netlink);
            }
        });
    }

    @Test
    void programsOfOthersAreLeftAloneAndNamed() {
        var pass = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, XDP_PASS).exit().assemble();
        var next = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, TCX_NEXT).exit().assemble();
        try (var theirs = BpfProgram.loadXdp("their_xdp", "GPL", pass);
                var alsoTheirs = BpfProgram.loadClassifier("their_tc", "GPL", next);
                var _ = director.in(() -> theirs.attachXdp(ifindex, XdpMode.NATIVE));
                var _ = director.in(() -> alsoTheirs.attachTcxIngress(ifindex))) {
            assertThat(attached(FastPath.Acceleration.XDP))
                    .isEqualTo("tcx, no XDP: the program their_xdp is there");
            assertThat(foreign()).containsExactly("xdp their_xdp", "tcx their_tc");
        }
        assertThat(attached(FastPath.Acceleration.XDP)).isEqualTo("tcx + XDP");
    }

    @Test
    void withAnotherMacItIsLoadedAnew() {
        director.in(() -> {
            try (var program = new TestFastPath(FastPath.Acceleration.XDP)) {
                program.attach(ifindex);
                director.with("ip link set eth0 address 02:00:00:00:77:01");
                program.attach(ifindex);
                assertThat(program.path.describe(ifindex)).isEqualTo("tcx + XDP");
            }
            return true;
        });
    }
}
