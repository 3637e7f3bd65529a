package hadirector.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.ebpf.Assembler;
import hadirector.ebpf.Attached;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Reg;
import hadirector.ebpf.XdpMode;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Lab
class ClsactLabTest {
    private static final int NEXT = -1;
    private static final int SHOT = 2;
    private static final Clsact.Filter FILTER = new Clsact.Filter(77, 5, "hd_test", 0);

    private final NetLab lab = new NetLab();
    private final Host left = lab.host("left");
    private final Host right = lab.host("right");
    private int ifindex;

    @BeforeEach
    void wire() {
        var lan = lab.segment("lan");
        left.nic("eth0", lan, "10.7.0.1/24");
        right.nic("eth0", lan, "10.7.0.2/24");
        ifindex = Integer.parseInt(right.shell("cat /sys/class/net/eth0/ifindex").strip());
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private <T> T onRight(Function<Clsact, T> question) {
        return right.in(() -> {
            try (var netlink = new Netlink()) {
                return question.apply(new Clsact(netlink));
            }
        });
    }

    private void with(Consumer<Clsact> action) {
        boolean done = onRight(clsact -> {
            action.accept(clsact);
            return true;
        });
        assertThat(done).isTrue();
    }

    private boolean add() {
        return onRight(clsact -> clsact.add(ifindex));
    }

    private List<Clsact.Filter> ingress() {
        return onRight(clsact -> clsact.filters(ifindex, Clsact.Side.INGRESS));
    }

    private static BpfProgram returning(int code) {
        var a = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, code).exit();
        return BpfProgram.loadClassifier("test", "Apache-2.0", a.assemble());
    }

    private boolean rightAnswers() {
        return left.tryOutput("ping -c 1 -W 1 10.7.0.2").contains(" 0% packet loss");
    }

    @Test
    void aFilterDecidesIsReplacedNamedAndDeleted() {
        try (var drop = returning(SHOT);
                var pass = returning(NEXT)) {
            assertThat(ingress()).isEmpty();
            assertThat(add()).isTrue();
            assertThat(add()).as("a second time").isFalse();
            assertThat(rightAnswers()).isTrue();
            replace(drop);
            assertThat(rightAnswers()).isFalse();
            replace(pass);
            assertThat(rightAnswers()).isTrue();
            replace(drop);
            assertThat(ingress()).singleElement().satisfies(filter -> {
                assertThat(filter.name()).isEqualTo("hd_test");
                assertThat(filter.priority()).isEqualTo(77);
                assertThat(filter.handle()).isEqualTo(5);
                assertThat(Attached.named(filter.program()).name()).isEqualTo("test");
            });
            List<Clsact.Filter> egress = onRight(clsact -> clsact.filters(ifindex, Clsact.Side.EGRESS));
            assertThat(egress).isEmpty();
            with(clsact -> clsact.delete(ifindex, Clsact.Side.INGRESS, FILTER));
            assertThat(rightAnswers()).isTrue();
            assertThatThrownBy(() -> with(clsact -> clsact.delete(ifindex, Clsact.Side.INGRESS, FILTER)))
                    .isInstanceOf(ErrnoException.class);
            with(clsact -> clsact.remove(ifindex));
            assertThat(right.output("tc qdisc show dev eth0")).doesNotContain("clsact");
        }
    }

    private void replace(BpfProgram program) {
        with(clsact -> clsact.replace(ifindex, Clsact.Side.INGRESS, FILTER, program.fd()));
    }

    @Test
    void anInterfaceThatIsNotThereIsNamedByTheKernelsError() {
        assertThatThrownBy(() -> with(clsact -> clsact.add(0x7fff_0000)))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
    }

    @Test
    void xdpProgramsOfAnInterfaceAreTold() {
        var a = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, 2).exit();
        try (var xdp = BpfProgram.loadXdp("somebodys", "Apache-2.0", a.assemble())) {
            assertThat(xdpPrograms()).isEmpty();
            try (var _ = right.in(() -> xdp.attachXdp(ifindex, XdpMode.GENERIC))) {
                assertThat(xdpPrograms()).singleElement().satisfies(
                        id -> assertThat(Attached.named(id).name()).isEqualTo("somebodys"));
            }
        }
    }

    private List<Integer> xdpPrograms() {
        return right.in(() -> {
            try (var netlink = new Netlink()) {
                return netlink.xdpPrograms(ifindex);
            }
        });
    }
}
