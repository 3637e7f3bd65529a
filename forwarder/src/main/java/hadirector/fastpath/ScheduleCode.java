package hadirector.fastpath;

import static hadirector.ebpf.Jump.ANY_BIT;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Reg;
import hadirector.ebpf.SkBuff;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.TcpView;
import hadirector.sched.Mix;
import hadirector.sched.SourceHash;

/// Scheduling without Java, for services whose scheduler looks at the client's address only: the realserver comes from the service's
/// table of choices, the flow from the realserver's template ([MadeFlow]).
///
/// ```
///   SYN, or no flow made ---> choose --> make (hd_made) --> forward
///   flow made --> its client has proven that it hears the realserver? -- tell Java once --> forward
/// ```
///
/// A segment whose flow was pushed out of the map, or was made by another director, finds the same realserver again. Java is told when a client's
/// packet acknowledges what the realserver has said (NAT), or at its second packet (others): a flood of forged SYNs is never told.
///
/// Registers: r8 the [ServiceEntry], then the record; r9 the client's hash. The whole tuple is on the stack.
final class ScheduleCode {
    /// With the family's digit.
    static final String BEGIN = "schedule";

    /// Hashes tried, as the scheduler in Java does before it looks for who is left.
    private static final int ATTEMPTS = 16;

    private static final int CONTROL = TcpView.SYN | TcpView.ACK | TcpView.RST | TcpView.FIN;

    private final Code code;
    private final Family family;
    private final ScheduleFds maps;

    ScheduleCode(Code code, Family family) {
        this.code = code;
        this.family = family;
        maps = code.maps.schedule();
    }

    void emit() {
        begin();
        hash();
        choose();
        make();
        new MadeCode(code, family).emit(label("known"));
    }

    private String label(String name) {
        return family.label("schedule " + name);
    }

    private void begin() {
        var a = code.a;
        a.label(family.label(BEGIN))
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .jump(NOT_EQUAL, R1, Ipv4View.TCP, label("look up"));
        code.hook.linear(code, family.l4 + TcpView.LENGTH_MIN, Code.JAVA);
        a.load(BYTE, R1, R7, family.l4 + (int) TcpView.FLAGS)
                .alu(Alu.AND, R1, CONTROL)
                .jump(EQUAL, R1, TcpView.SYN, label("choose"))
                .label(label("look up"));
        code.lookup(maps.made(), Stack.SOURCE);
        a.jump(NOT_EQUAL, R0, 0, label("known"));
    }

    /// See [SourceHash].
    private void hash() {
        var a = code.a;
        a.label(label("choose"));
        if (family == Family.V4) {
            a.load(WORD, R9, R10, Stack.SOURCE + Family.V4.addressAt)
                    .toNetwork(R9, Integer.SIZE)
                    .move64(R1, SourceHash.MAPPED)
                    .alu(Alu.OR, R9, R1);
        } else {
            a.load(DOUBLE, R9, R10, Stack.SOURCE)
                    .toNetwork(R9, Long.SIZE)
                    .move(R1, R9)
                    .alu(Alu.SHIFT_RIGHT, R1, Ipv6View.LINK_LOCAL_SHIFT)
                    .jump(EQUAL, R1, Ipv6View.LINK_LOCAL, Code.JAVA);
            mix();
            a.load(DOUBLE, R1, R10, Stack.SOURCE + Long.BYTES).toNetwork(R1, Long.SIZE).alu(Alu.ADD, R9, R1);
        }
        mix();
        a.alu(Alu.SHIFT_RIGHT, R9, Integer.SIZE);
    }

    /// r9 = [Mix#of] of it.
    private void mix() {
        xorShift(Mix.SHIFT_1);
        code.a.move64(R1, Mix.FACTOR_1).alu(Alu.MUL, R9, R1);
        xorShift(Mix.SHIFT_2);
        code.a.move64(R1, Mix.FACTOR_2).alu(Alu.MUL, R9, R1);
        xorShift(Mix.SHIFT_3);
    }

    private void xorShift(int bits) {
        code.a.move(R1, R9).alu(Alu.SHIFT_RIGHT, R1, bits).alu(Alu.XOR, R9, R1);
    }

    /// r0 = the template of a server that is up.
    private void choose() {
        var a = code.a;
        for (int i = 0; i < ATTEMPTS; i++) {
            choice();
            a.load(WORD, R1, R0, MadeFlow.FLAGS)
                    .jump(ANY_BIT, R1, MadeFlow.UP, label("chosen"))
                    .alu(Alu.SHIFT_LEFT, R9, Integer.SIZE)
                    .alu(Alu.SHIFT_RIGHT_SIGNED, R9, Integer.SIZE)
                    .alu(Alu.ADD, R9, 1);
            mix();
            a.alu(Alu.SHIFT_RIGHT, R9, Integer.SIZE);
        }
        a.jump(Code.JAVA);
    }

    private void choice() {
        var a = code.a;
        a.load(WORD, R1, R8, ServiceEntry.CELLS)
                .alu(Alu.MUL, R1, R9)
                .alu(Alu.SHIFT_RIGHT, R1, Integer.SIZE)
                .store(WORD, R10, Stack.CELL, R1)
                .alu(Alu.DIV, R1, MadeFlow.CELLS_IN_ELEMENT)
                .store(WORD, R10, Stack.SECOND, R1);
        code.lookup(maps.choices(), Stack.SERVICE);
        a.jump(EQUAL, R0, 0, Code.JAVA)
                .move(R1, R0)
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SECOND)
                .call(Helper.MAP_LOOKUP)
                .jump(EQUAL, R0, 0, Code.JAVA)
                .load(WORD, R1, R10, Stack.CELL)
                .alu(Alu.AND, R1, MadeFlow.CELLS_IN_ELEMENT - 1)
                .alu(Alu.SHIFT_LEFT, R1, 1)
                .alu(Alu.ADD, R0, R1)
                .load(HALF, R1, R0, 0)
                .store(WORD, R10, Stack.SERVER, R1);
        code.lookup(maps.templates(), Stack.SERVER);
        a.jump(EQUAL, R0, 0, Code.JAVA);
    }

    private void make() {
        var a = code.a;
        a.label(label("chosen"))
                .move(R8, R0)
                .load(WORD, R1, R8, MadeFlow.VERSION)
                .jump(ANY_BIT, R1, 1, Code.JAVA)
                .store(WORD, R10, Stack.VERSION, R1);
        code.after(R8, R1);
        a.load(HALF, R1, R8, MadeFlow.RECORD_0 + (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, FlowRecord.OFFLOAD)
                .jump(EQUAL, R1, 0, Code.JAVA)
                .load(WORD, R1, R8, MadeFlow.RECORD_0 + (int) FlowRecord.IFINDEX)
                .jump(EQUAL, R1, 0, Code.JAVA);
        value();
        a.load(HALF, R1, R8, MadeFlow.RECORD_0 + (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, FlowRecord.REWRITE_DESTINATION)
                .jump(EQUAL, R1, 0, label("make"));
        answers();
        a.label(label("make"));
        update();
        Counts.verdict(code, Verdict.CONNECTIONS_MADE);
        a.alu(Alu.ADD, R8, MadeFlow.RECORD_0).jump(family.label(Flow.FOUND));
    }

    /// The way back to the client is the one that its frame came.
    private void answers() {
        var a = code.a;
        copyMac((int) EthernetView.SOURCE, (int) FlowRecord.DESTINATION_MAC);
        copyMac((int) EthernetView.DESTINATION, (int) FlowRecord.SOURCE_MAC);
        a.load(WORD, R1, R6, SkBuff.IFINDEX)
                .store(WORD, R10, Stack.MADE + MadeFlow.ANSWERS + (int) FlowRecord.IFINDEX, R1);
        code.lookup(maps.mtus(), R1);
        a.jump(EQUAL, R0, 0, label("any length"))
                .load(WORD, R1, R0, 0)
                .store(HALF, R10, Stack.MADE + MadeFlow.ANSWERS + (int) FlowRecord.MTU, R1)
                .label(label("any length"));
    }

    private void copyMac(int from, int to) {
        code.a
                .load(WORD, R1, R7, from)
                .load(HALF, R2, R7, from + Integer.BYTES);
        storeMac(Stack.MADE + MadeFlow.ANSWERS + to);
    }

    /// Fields of records are aligned to two bytes only.
    private void storeMac(int to) {
        var a = code.a;
        if (to % Integer.BYTES == 0) {
            a.store(WORD, R10, to, R1).store(HALF, R10, to + Integer.BYTES, R2);
            return;
        }
        a.store(HALF, R10, to + Integer.BYTES, R2);
        boolean little = a.network16(1) != 1;
        a.move(R2, R1).alu(Alu.SHIFT_RIGHT, R2, Short.SIZE);
        a.store(HALF, R10, little ? to : to + Short.BYTES, R1).store(HALF, R10, little ? to + Short.BYTES : to, R2);
    }

    /// The value to be put into `hd_made`, on the stack.
    private void value() {
        var a = code.a;
        for (int i = 0; i < 2 * FlowRecord.LENGTH; i += Long.BYTES) {
            a.load(DOUBLE, R1, R8, MadeFlow.RECORD_0 + i).store(DOUBLE, R10, Stack.MADE + i, R1);
        }
        a.load(WORD, R1, R10, Stack.SERVICE)
                .store(WORD, R10, Stack.MADE + MadeFlow.SERVICE, R1)
                .load(WORD, R1, R10, Stack.SERVER)
                .store(WORD, R10, Stack.MADE + MadeFlow.SERVER, R1)
                .store(DOUBLE, R10, Stack.MADE + MadeFlow.EXPECTED, 0)
                .store(DOUBLE, R10, Stack.MADE + MadeFlow.ANSWERS_STATE, 0);
    }

    /// Of records that were all taken from one template: a flow lasts longer than a packet.
    private void update() {
        code.a
                .load(WORD, R1, R8, MadeFlow.VERSION)
                .load(WORD, R2, R10, Stack.VERSION)
                .jump(NOT_EQUAL, R1, R2, Code.JAVA)
                .loadMap(R1, maps.made())
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SOURCE)
                .move(R3, R10)
                .alu(Alu.ADD, R3, Stack.MADE)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .jump(NOT_EQUAL, R0, 0, Code.JAVA);
    }
}
