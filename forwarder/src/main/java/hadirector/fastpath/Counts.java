package hadirector.fastpath;

import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Reg;

/// Counts what the kernel does by itself. Every processor has its own numbers, so plain additions are exact.
///
/// ```
///   hd_servers, by FlowRecord.SERVER:   packets in | bytes in | packets out | bytes out     (64 bits each)
/// ```
final class Counts {
    static final int SERVER_NUMBERS = 4;
    private static final int OUT = 2 * Long.BYTES;

    private Counts() {}

    /// One packet of the record in r8, r9 bytes long.
    static void forwarded(Code code) {
        var a = code.a;
        String done = "counted " + a.size();
        a.load(HALF, R1, R8, (int) FlowRecord.SERVER);
        code.lookup(code.maps.servers(), R1);
        a.jump(EQUAL, R0, 0, done)
                .load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, FlowRecord.REWRITE_SOURCE)
                .alu(Alu.MUL, R1, OUT / FlowRecord.REWRITE_SOURCE)
                .alu(Alu.ADD, R0, R1);
        code.hook.countPackets(code);
        add(code, 0, R2);
        add(code, Long.BYTES, R9);
        a.label(done);
        verdict(code, Verdict.FRAMES_FORWARDED);
    }

    static void verdict(Code code, Verdict verdict) {
        String done = "counted " + code.a.size();
        code.lookupAt(code.maps.verdicts(), verdict.index);
        code.a.jump(EQUAL, R0, 0, done).move(R2, 1);
        add(code, 0, R2);
        code.a.label(done);
    }

    private static void add(Code code, int field, Reg number) {
        code.a.load(DOUBLE, R1, R0, field).alu(Alu.ADD, R1, number).store(DOUBLE, R0, field, R1);
    }
}
