package hadirector.fastpath;

import static hadirector.ebpf.Jump.BELOW;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.packet.Ipv4View;

/// Takes the tuple out of an IPv4 packet, if it shows one, and says what else it is.
final class Entry4 {
    private static final String PLAIN = "ipv4 plain";
    private static final String TUPLE = "ipv4 tuple";
    private static final String OPTIONS = "ipv4 options";
    private static final String FRAGMENT = "ipv4 fragment";
    private static final String ICMP = "ipv4 icmp";
    private static final String SHORT = "ipv4 short";
    private static final String MISSED = Family.V4.label(Flow.MISSED);
    private static final int PLAIN_HEADER = 0x45;
    private static final int PORTS_LENGTH = 4;
    private static final int WITH_PORTS = Family.V4.l4 + 8;

    private final Code code;
    private final boolean hitsOnly;

    Entry4(Code code) {
        this.code = code;
        this.hitsOnly = code.hook.hitsOnly();
    }

    void emit() {
        var a = code.a;
        a.label(Family.V4.label("frame")).store(WORD, R10, Stack.REST, Stack.NOTHING).store(DOUBLE, R10, Stack.CELL, 0);
        if (!hitsOnly) { // As in Entry6.
            a.store(DOUBLE, R10, Stack.PORTS, 0);
        }
        code.hook.linear(code, WITH_PORTS, hitsOnly ? Code.NEXT : SHORT);
        a.load(BYTE, R1, R7, Family.L3)
                .jump(NOT_EQUAL, R1, PLAIN_HEADER, hitsOnly ? Code.NEXT : OPTIONS)
                .load(BYTE, R3, R7, Family.V4.protocol);
        if (!hitsOnly) {
            fragmentBits();
            a.jump(NOT_EQUAL, R2, 0, FRAGMENT);
        }
        a.label(PLAIN)
                .load(WORD, R1, R7, Family.V4.l4)
                .store(WORD, R10, Stack.PORTS, R1)
                .jump(EQUAL, R3, Ipv4View.TCP, TUPLE)
                .jump(NOT_EQUAL, R3, Ipv4View.UDP, hitsOnly ? Code.NEXT : ICMP);
        tuple();
        new Find(code, Family.V4, "", Family.V4.label(Flow.FOUND), MISSED).emit();
        if (!hitsOnly) {
            fragment();
            options();
            icmp();
            cutShort();
        }
    }

    /// r2 = more fragments and offset, in network order.
    private void fragmentBits() {
        code.a
                .load(HALF, R2, R7, Family.L3 + (int) Ipv4View.FRAGMENT)
                .alu(Alu.AND, R2, code.a.network16(Ipv4View.MORE_FRAGMENTS | Ipv4View.OFFSET_MASK));
    }

    /// r3 = protocol.
    private void tuple() {
        code.a
                .label(TUPLE)
                .store(WORD, R10, Stack.PROTOCOL, R3)
                .load(WORD, R1, R7, Family.V4.source)
                .store(WORD, R10, Stack.SOURCE + Family.V4.addressAt, R1)
                .load(WORD, R1, R7, Family.V4.destination)
                .store(WORD, R10, Stack.DESTINATION + Family.V4.addressAt, R1);
    }

    /// Only the first one has ports.
    private void fragment() {
        var a = code.a;
        a.label(FRAGMENT);
        onlyFirst();
        a.jump(EQUAL, R3, Ipv4View.TCP, PLAIN).jump(EQUAL, R3, Ipv4View.UDP, PLAIN).jump(MISSED);
    }

    /// r2 from [#fragmentBits], not 0.
    private void onlyFirst() {
        code.a
                .store(WORD, R10, Stack.REST, Stack.FRAGMENT)
                .alu(Alu.AND, R2, code.a.network16(Ipv4View.OFFSET_MASK))
                .jump(NOT_EQUAL, R2, 0, MISSED)
                .store(WORD, R10, Stack.REST, Stack.FIRST);
    }

    /// r1 = the byte of version and header length, which is not that of a plain header.
    private void options() {
        var a = code.a;
        a.label(OPTIONS)
                .move(R9, R1)
                .alu(Alu.SHIFT_RIGHT, R1, 4)
                .jump(NOT_EQUAL, R1, 4, MISSED)
                .alu(Alu.AND, R9, 15)
                .jump(BELOW, R9, 5, MISSED)
                .alu(Alu.SHIFT_LEFT, R9, 2)
                .alu(Alu.ADD, R9, Family.L3)
                .load(BYTE, R3, R7, Family.V4.protocol);
        fragmentBits();
        a.jump(EQUAL, R2, 0, "ipv4 whole");
        onlyFirst();
        a.jump("ipv4 ports")
                .label("ipv4 whole")
                .jump(NOT_EQUAL, R3, Ipv4View.ICMP, "ipv4 ports")
                .store(WORD, R10, Stack.REST, R9)
                .jump(MISSED)
                .label("ipv4 ports")
                .jump(EQUAL, R3, Ipv4View.TCP, "ipv4 behind options")
                .jump(NOT_EQUAL, R3, Ipv4View.UDP, MISSED)
                .label("ipv4 behind options")
                .store(WORD, R10, Stack.PROTOCOL, R3);
        code.loadBytes(R9, Stack.PORTS, PORTS_LENGTH, MISSED);
        a.load(WORD, R3, R10, Stack.PROTOCOL).jump(TUPLE);
    }

    private void icmp() {
        code.a
                .label(ICMP)
                .jump(NOT_EQUAL, R3, Ipv4View.ICMP, MISSED)
                .store(WORD, R10, Stack.REST, Family.V4.l4)
                .jump(MISSED);
    }

    /// Too short for ports, as the last fragment of a datagram may be: whose it is, its address says.
    private void cutShort() {
        code.a.label(SHORT);
        code.unlessWithin(Family.V4.l4, Code.NEXT);
        fragmentBits();
        code.a.jump(EQUAL, R2, 0, MISSED).store(WORD, R10, Stack.REST, Stack.FRAGMENT).jump(MISSED);
    }
}
