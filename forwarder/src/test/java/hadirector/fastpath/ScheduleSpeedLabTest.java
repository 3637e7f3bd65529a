package hadirector.fastpath;

import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Assembler;
import hadirector.ebpf.BpfMap;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Jump;
import hadirector.ebpf.SkBuff;
import hadirector.ebpf.Width;
import hadirector.fastpath.ServiceLab.Ip;
import hadirector.forward.FlowRecords;
import hadirector.lab.NeedsRoot;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.packet.Ipv4View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How many SYNs of different clients one processor takes: a driver writes the frame anew for each run, with a random source, and
/// hands it to the program by a tail call. Prints the time of one; nothing is asserted about it.
@Tag("lab")
@NeedsRoot
class ScheduleSpeedLabTest {
    private static final int RUNS = 1_000_000;
    private static final int RUNS_A_CALL = 100_000;
    private static final int SERVER = 200;
    private static final int LOOPBACK = 1;

    private final ServiceLab lab = new ServiceLab();
    private final BpfMap programs = BpfMap.programs("programs", 1);

    @AfterEach
    void close() {
        programs.close();
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void newFlowsMadeByTheKernel(boolean nat) {
        serve(nat);
        double nanos = run();
        System.out.printf("new flows by %s: %.0f ns each, %.2f M/s on one processor%n", nat ? "NAT" : "DR", nanos, 1e3 / nanos);
        assertThat(lab.count(Verdict.CONNECTIONS_MADE)).isGreaterThan(RUNS * 99 / 100);
    }

    @Test
    void strangersChallenged() {
        lab.services.flag(ServiceLab.SERVICE, ServiceEntry.CHALLENGE, true);
        lab.services.interval(ServiceLab.SERVICE, ServiceEntry.SYNS, 3_600_000_000_000L);
        assertThat(lab.fate(Ip.V4.tcp(ServiceLab.SYN, 1, 1))).as("who gets the only token").isEqualTo(ServiceLab.Fate.PUNTED);
        double nanos = run();
        System.out.printf("challenges: %.0f ns each, %.2f M/s on one processor%n", nanos, 1e3 / nanos);
        assertThat(lab.count(Verdict.SYN_CHALLENGED)).isEqualTo(RUNS);
    }

    @Test
    void theDriverAlone() {
        var context = MemorySegment.NULL;
        try (var driver = BpfProgram.loadClassifier("driver", "Apache-2.0", driver())) {
            System.out.println("driver: " + driver.testRun(frame(), context, RUNS).nanos() + " ns");
        }
    }

    private double run() {
        programs.put(0, lab.program);
        long nanos = 0;
        try (var driver = BpfProgram.loadClassifier("driver", "Apache-2.0", driver())) {
            for (int i = 0; i < RUNS / RUNS_A_CALL; i++) {
                nanos += driver.testRun(frame(), MemorySegment.NULL, RUNS_A_CALL).nanos();
            }
        }
        return (double) nanos / (RUNS / RUNS_A_CALL);
    }

    private static MemorySegment frame() {
        return MemorySegment.ofArray(Ip.V4.tcp(ServiceLab.SYN, 1000, 7).build());
    }

    private byte[] driver() {
        var wire = frame();
        var a = new Assembler(ByteOrder.nativeOrder());
        a.move(R6, R1)
                .load(Width.WORD, R7, R6, SkBuff.DATA)
                .load(Width.WORD, R2, R6, SkBuff.DATA_END)
                .move(R1, R7)
                .alu(Alu.ADD, R1, 54)
                .jump(Jump.ABOVE, R1, R2, "out");
        for (int at = 0; at < 48; at += Long.BYTES) {
            a.move64(R1, wire.get(ValueLayout.JAVA_LONG_UNALIGNED, at)).store(Width.DOUBLE, R7, at, R1);
        }
        a.call(Helper.GET_PRANDOM_U32)
                .store(Width.HALF, R7, 34, R0)
                .alu(Alu.SHIFT_RIGHT, R0, 16)
                .store(Width.HALF, R7, 28, R0)
                .move(R1, R6)
                .loadMap(R2, programs.fd())
                .move(R3, 0)
                .call(Helper.TAIL_CALL)
                .label("out")
                .move(R0, 0)
                .exit();
        return a.assemble();
    }

    private void serve(boolean nat) {
        var cells = new char[65_537];
        Arrays.fill(cells, (char) SERVER);
        lab.maps.schedule().choices(ServiceLab.SERVICE, cells);
        lab.services.cells(ServiceLab.SERVICE, cells.length);
        lab.services.flag(ServiceLab.SERVICE, ServiceEntry.SCHEDULE, true);
        lab.maps.schedule().answersFrom(Ipv4View.TCP, Endpoint.of("10.1.0.1:8080"), new Endpoint(Ip.V4.vip(), 80));
        var templates = lab.maps.schedule().templates();
        long at = (long) SERVER * MadeFlow.TEMPLATE_LENGTH;
        var vip = Ip.V4.vip();
        var rip = IpAddress.of("10.1.0.1");
        if (nat) {
            FlowRecords.toRealServer(templates, at + MadeFlow.RECORD_0, vip.high(), vip.low(), 80, rip.high(), rip.low(), 8080);
            FlowRecords.toClient(templates, at + MadeFlow.RECORD_1, rip.high(), rip.low(), 8080, vip.high(), vip.low(), 80);
        } else {
            FlowRecords.direct(templates, at + MadeFlow.RECORD_0);
        }
        FlowRecords.nextHop(templates, at + MadeFlow.RECORD_0, 0x02_00_00_00_aa_00L, 0x02_00_00_00_bb_00L, LOOPBACK);
        for (int record : new int[] {MadeFlow.RECORD_0, MadeFlow.RECORD_1}) {
            templates.set(ValueLayout.JAVA_SHORT, at + record + FlowRecord.GROUP, (short) ServiceLab.GROUP);
            templates.set(ValueLayout.JAVA_SHORT, at + record + FlowRecord.SERVER, (short) SERVER);
            int flags = FlowRecords.flags(templates, at + record) | FlowRecord.OFFLOAD | FlowRecord.WHOLE;
            FlowRecords.flags(templates, at + record, flags);
        }
        templates.set(ValueLayout.JAVA_INT, at, MadeFlow.UP);
    }
}
