package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.Ports;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Reg;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.netlink.Clsact;
import hadirector.netlink.Netlink;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A kernel with tcx made to use clsact, as those before 6.6 do.
@Lab
class ClassifierHookLabTest {
    private final NetLab lab = new NetLab();
    private final Host director = lab.host("director");

    @BeforeEach
    void plug() {
        director.nic("eth0", lab.segment("lan"), "10.77.0.2/24");
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private String filters() {
        return director.tryOutput("tc filter show dev eth0 ingress");
    }

    private String qdiscs() {
        return director.output("tc qdisc show dev eth0");
    }

    private ClassifierHook.Attachment attach(ClassifierHook hook, BpfProgram program) {
        int ifindex = Ports.ifindex(director, "eth0");
        return director.in(() -> hook.attach(program, ifindex, ClassifierHook.Place.INGRESS));
    }

    private static BpfProgram program(String name) {
        var a = new Assembler(ByteOrder.nativeOrder()).move(Reg.R0, -1).exit();
        return BpfProgram.loadClassifier(name, "Apache-2.0", a.assemble());
    }

    @Test
    void thisKernelHasTcxUnlessToldOtherwise() {
        try (var program = program("test")) {
            assertThat(ClassifierHook.of(program)).isEqualTo(ClassifierHook.TCX);
        }
    }

    @Test
    void closingTakesFilterAndQdiscAway() {
        try (var program = program("hd_first")) {
            var attachment = attach(ClassifierHook.CLSACT, program);
            assertThat(filters()).contains("hd_first").contains("direct-action");
            attachment.close();
            assertThat(filters()).isEmpty();
            assertThat(qdiscs()).doesNotContain("clsact");
        }
    }

    @Test
    void aQdiscThatOthersMadeOrUseStays() {
        try (var program = program("hd_first")) {
            director.with("tc qdisc add dev eth0 clsact");
            attach(ClassifierHook.CLSACT, program).close();
            assertThat(qdiscs()).contains("clsact");
            director.with("tc qdisc del dev eth0 clsact");

            var attachment = attach(ClassifierHook.CLSACT, program);
            addSomebodyElses(program);
            attachment.close();
            assertThat(filters()).contains("somebodys");
        }
    }

    @Test
    void aFilterOfSomebodyElsesKindStays() {
        try (var program = program("hd_first")) {
            var attachment = attach(ClassifierHook.CLSACT, program);
            director.with("tc filter add dev eth0 ingress protocol ip u32 match u32 0 0 classid 1:1");
            attachment.close();
            assertThat(filters()).contains("u32").doesNotContain("hd_first");
        }
    }

    private void addSomebodyElses(BpfProgram program) {
        int ifindex = Ports.ifindex(director, "eth0");
        director.in(() -> {
            try (var netlink = new Netlink()) {
                new Clsact(netlink).replace(ifindex, Clsact.Side.INGRESS, new Clsact.Filter(1, 1, "somebodys", 0), program.fd());
                return true;
            }
        });
    }

    @Test
    void closingAfterTheInterfaceIsGoneDoesNoHarm() {
        try (var program = program("hd_first")) {
            var attachment = attach(ClassifierHook.CLSACT, program);
            director.with("ip link del eth0");
            attachment.close();
        }
    }

    @Test
    void afterKillMinusNineTheFilterIsLeftAndTheNextStartTakesItsPlace() throws Exception {
        var options = List.of("-D" + ClassifierHook.FORCED_BY + "=clsact");
        var process = director.startJava(options, EngineStandIn.class, "eth0");
        process.awaitOutput("holding", Duration.ofSeconds(30));
        process.kill();
        assertThat(filters()).as("left by the kill").contains("name hd_ingress");
        try (var program = program("hd_second")) {
            var attachment = attach(ClassifierHook.CLSACT, program);
            assertThat(filters()).contains("hd_second").doesNotContain("name hd_ingress");
            attachment.close();
            assertThat(filters()).isEmpty();
        }
    }
}
