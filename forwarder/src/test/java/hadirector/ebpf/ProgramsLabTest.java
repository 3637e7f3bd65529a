package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Programs run by BPF_PROG_TEST_RUN and attached to XDP and tcx.
@Lab
class ProgramsLabTest {
    private static final int XDP_DROP = 1;
    private static final int XDP_PASS = 2;
    private static final int XDP_TX = 3;

    private final NetLab lab = new NetLab();
    private final Arena arena = Arena.ofAuto();

    @AfterEach
    void close() {
        lab.close();
    }

    private static byte[] returning(int code) {
        return new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, code).exit().assemble();
    }

    @Test
    void aTestRunGivesReturnCodePacketContextAndTime() {
        var a = new Assembler(ByteOrder.nativeOrder());
        a.load(Width.WORD, Reg.R2, Reg.R1, SkBuff.DATA)
                .load(Width.WORD, Reg.R3, Reg.R1, SkBuff.DATA_END)
                .load(Width.WORD, Reg.R0, Reg.R1, SkBuff.GSO_SIZE)
                .move(Reg.R4, 0x1234)
                .store(Width.WORD, Reg.R1, SkBuff.MARK, Reg.R4)
                .move(Reg.R4, Reg.R2)
                .alu(Alu.ADD, Reg.R4, 20)
                .jump(Jump.ABOVE, Reg.R4, Reg.R3, "out")
                .store(Width.BYTE, Reg.R2, 19, 0x77)
                .label("out")
                .exit();
        try (var program = BpfProgram.loadClassifier("test", "Apache-2.0", a.assemble())) {
            var context = arena.allocate(SkBuff.SIZE, 8);
            context.set(JAVA_INT, SkBuff.GSO_SIZE, 1448);
            var result = program.testRun(arena.allocate(60), context, 100);
            assertThat(result.returned()).isEqualTo(1448);
            assertThat(result.data().byteSize()).isEqualTo(60);
            assertThat(result.data().get(JAVA_BYTE, 19)).isEqualTo((byte) 0x77);
            assertThat(result.context().get(JAVA_INT, SkBuff.MARK)).isEqualTo(0x1234);
            assertThatThrownBy(() -> program.testRun(arena.allocate(5), MemorySegment.NULL, 1))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
    }

    @Test
    void anXdpTestRunShowsTheGrownPacket() {
        var a = new Assembler(ByteOrder.nativeOrder());
        a.move(Reg.R2, -20).call(Helper.XDP_ADJUST_HEAD).move(Reg.R0, XDP_TX).exit();
        try (var program = BpfProgram.loadXdp("test", "Apache-2.0", a.assemble())) {
            var result = program.testRun(arena.allocate(60), MemorySegment.NULL, 1);
            assertThat(result.returned()).isEqualTo(XDP_TX);
            assertThat(result.data().byteSize()).isEqualTo(80);
        }
    }

    @Test
    void anXdpProgramDropsUntilItsLinkIsClosedAndASecondOneIsRefused() {
        var left = lab.host("left");
        var right = lab.host("right");
        var lan = lab.segment("lan");
        left.nic("eth0", lan, "10.7.0.1/24");
        right.nic("eth0", lan, "10.7.0.2/24");
        int ifindex = ifindex(right, "eth0");
        try (var drop = BpfProgram.loadXdp("hd_drop", "Apache-2.0", returning(XDP_DROP))) {
            for (XdpMode mode : XdpMode.values()) {
                var link = right.in(() -> drop.attachXdp(ifindex, mode));
                assertThat(left.tryOutput("ping -c 1 -W 1 10.7.0.2")).contains("100% packet loss");
                assertThatThrownBy(() -> right.in(() -> drop.attachXdp(ifindex, mode)))
                        .isInstanceOfSatisfying(
                                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));
                link.close();
                left.with("ip neigh flush dev eth0"); // The first ping's requests of ARP would give up at any moment.
                assertThat(left.tryOutput("ping -c 1 -W 5 10.7.0.2")).contains(" 0% packet loss");
            }
        }
    }

    @Test
    void liveFramesComeAsIfFromTheInterface() {
        var host = lab.host("host");
        host.with("ip link add v0 type veth peer name v1").with("ip link set v0 up").with("ip link set v1 up");
        int ifindex = ifindex(host, "v0");
        try (var counter = new PerCpuArray("test", 1, 1);
                var pass = BpfProgram.loadXdp("hd_pass", "Apache-2.0", returning(XDP_PASS));
                var count = BpfProgram.loadClassifier("hd_count", "Apache-2.0", counting(counter))) {
            try (var _ = host.in(() -> count.attachTcxIngress(ifindex))) {
                var frame = arena.allocate(60);
                frame.set(JAVA_BYTE, 12, (byte) 0x88); // 0x88b5, IEEE 802 local experimental.
                frame.set(JAVA_BYTE, 13, (byte) 0xb5);
                host.in(() -> {
                    pass.runLive(frame, ifindex, 1000);
                    return true;
                });
                var sum = new long[1];
                counter.sum(0, sum);
                assertThat(sum[0]).isEqualTo(1000);
            }
        }
    }

    private static byte[] counting(PerCpuArray counter) {
        return new Assembler(ByteOrder.nativeOrder())
                .load(Width.WORD, Reg.R1, Reg.R1, SkBuff.PROTOCOL)
                .jump(Jump.NOT_EQUAL, Reg.R1, new Assembler(ByteOrder.nativeOrder()).network16(0x88b5), "out")
                .store(Width.WORD, Reg.R10, -4, 0)
                .loadMap(Reg.R1, counter.fd())
                .move(Reg.R2, Reg.R10)
                .alu(Alu.ADD, Reg.R2, -4)
                .call(Helper.MAP_LOOKUP)
                .jump(Jump.EQUAL, Reg.R0, 0, "out")
                .load(Width.DOUBLE, Reg.R1, Reg.R0, 0)
                .alu(Alu.ADD, Reg.R1, 1)
                .store(Width.DOUBLE, Reg.R0, 0, Reg.R1)
                .label("out")
                .move(Reg.R0, -1)
                .exit()
                .assemble();
    }

    @Test
    void programsOfAnInterfaceAreNamedInTheirOrder() {
        var host = lab.host("host");
        host.nic("eth0", lab.segment("lan"));
        int ifindex = ifindex(host, "eth0");
        try (var first = BpfProgram.loadClassifier("other_one", "Apache-2.0", returning(-1));
                var second = BpfProgram.loadClassifier("a_name_of_15_le", "Apache-2.0", returning(-1))) {
            assertThat(host.in(() -> Attached.atTcxIngress(ifindex))).isEmpty();
            try (var _ = host.in(() -> first.attachTcxIngress(ifindex));
                    var _ = host.in(() -> second.attachTcxIngress(ifindex))) {
                assertThat(host.in(() -> Attached.atTcxIngress(ifindex)))
                        .extracting(Attached::name)
                        .containsExactly("other_one", "a_name_of_15_le");
            }
            assertThatThrownBy(() -> host.in(() -> Attached.atTcxIngress(0x7fff_0000)))
                    .isInstanceOf(ErrnoException.class);
        }
    }

    private static int ifindex(Host host, String name) {
        return Integer.parseInt(host.shell("cat /sys/class/net/" + name + "/ifindex").strip());
    }
}
