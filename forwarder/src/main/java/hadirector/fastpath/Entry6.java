package hadirector.fastpath;

import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6Extensions;
import hadirector.packet.Ipv6View;

/// Takes the tuple out of an IPv6 packet, also behind extension headers, and says what else it is.
final class Entry6 {
    private static final String TUPLE = "ipv6 tuple";
    private static final String EXTENSIONS = "ipv6 extensions";
    private static final String SHORT = "ipv6 short";
    private static final String MISSED = Family.V6.label(Flow.MISSED);
    private static final int MAPPED = 0x0000ffff;
    private static final int PORTS_LENGTH = 4;
    private static final int EXTENSION_LENGTH = 8;
    private static final int OFFSET_MASK = 0xfff8;
    private static final int MORE = 1;

    private final Code code;
    private final boolean hitsOnly;

    Entry6(Code code) {
        this.code = code;
        this.hitsOnly = code.hook.hitsOnly();
    }

    void emit() {
        var a = code.a;
        a.label(Family.V6.label("frame")).store(WORD, R10, Stack.REST, Stack.NOTHING).store(DOUBLE, R10, Stack.CELL, 0);
        if (!hitsOnly) { // What a packet may lack is read all the same; without CAP_PERFMON the verifier wants it written.
            a.store(DOUBLE, R10, Stack.PORTS, 0).store(WORD, R10, Stack.IDENTIFICATION, 0);
        }
        code.hook.linear(code, Family.V6.l4 + 8, hitsOnly ? Code.NEXT : SHORT);
        a.load(BYTE, R1, R7, Family.L3)
                .alu(Alu.SHIFT_RIGHT, R1, 4)
                .jump(NOT_EQUAL, R1, 6, MISSED)
                .load(BYTE, R3, R7, Family.V6.protocol)
                .load(WORD, R1, R7, Family.V6.l4)
                .store(WORD, R10, Stack.PORTS, R1)
                .jump(EQUAL, R3, Ipv4View.TCP, TUPLE)
                .jump(NOT_EQUAL, R3, Ipv4View.UDP, hitsOnly ? Code.NEXT : EXTENSIONS);
        tuple();
        new Find(code, Family.V6, "", Family.V6.label(Flow.FOUND), MISSED).emit();
        if (!hitsOnly) {
            extensions();
            a.label(SHORT);
            code.unlessWithin(Family.V6.l4, Code.NEXT);
            a.jump(MISSED);
        }
    }

    /// r3 = protocol. IPv4-mapped addresses, which no packet may have, would find IPv4 connections.
    private void tuple() {
        var a = code.a;
        a.label(TUPLE)
                .store(WORD, R10, Stack.PROTOCOL, R3)
                .load(DOUBLE, R1, R7, Family.V6.source)
                .jump(NOT_EQUAL, R1, 0, "ipv6 source")
                .load(WORD, R1, R7, Family.V6.source + Long.BYTES)
                .jump32(EQUAL, R1, a.network32(MAPPED), MISSED)
                .label("ipv6 source");
        for (int i = 0; i < 2 * Family.ADDRESS_ROOM; i += Long.BYTES) {
            a.load(DOUBLE, R1, R7, Family.V6.source + i).store(DOUBLE, R10, Stack.SOURCE + i, R1);
        }
    }

    /// Walks the chain, unrolled: r8 = what stands at offset r9.
    private void extensions() {
        var a = code.a;
        a.label(EXTENSIONS).move(R8, R3).move(R9, Family.V6.l4);
        for (int i = 0; i < Ipv6Extensions.COUNT_MAX; i++) {
            ends();
            walk(i);
        }
        ends();
        a.jump(MISSED).label("ipv6 ports").store(WORD, R10, Stack.PROTOCOL, R8);
        code.loadBytes(R9, Stack.PORTS, PORTS_LENGTH, MISSED);
        a.move(R3, R8)
                .jump(TUPLE)
                .label("ipv6 icmp")
                .load(WORD, R1, R10, Stack.REST)
                .jump(NOT_EQUAL, R1, Stack.NOTHING, MISSED)
                .store(WORD, R10, Stack.REST, R9)
                .jump(MISSED);
    }

    private void ends() {
        code.a
                .jump(EQUAL, R8, Ipv4View.TCP, "ipv6 ports")
                .jump(EQUAL, R8, Ipv4View.UDP, "ipv6 ports")
                .jump(EQUAL, R8, Ipv6View.ICMP, "ipv6 icmp");
    }

    private void walk(int i) {
        var a = code.a;
        String eights = "eights " + i;
        String fours = "fours " + i;
        String next = "extension " + i;
        a.jump(EQUAL, R8, Ipv6Extensions.HOP_BY_HOP, eights)
                .jump(EQUAL, R8, Ipv6Extensions.ROUTING, eights)
                .jump(EQUAL, R8, Ipv6Extensions.DESTINATION_OPTIONS, eights)
                .jump(EQUAL, R8, Ipv6Extensions.AUTHENTICATION, fours)
                .jump(NOT_EQUAL, R8, Ipv6Extensions.FRAGMENT, MISSED);
        fragment();
        a.move(R1, Ipv6Extensions.FRAGMENT_LENGTH).jump(next).label(fours);
        readExtension();
        a.load(BYTE, R1, R10, Stack.SCRATCH + 1)
                .alu(Alu.ADD, R1, 2)
                .alu(Alu.SHIFT_LEFT, R1, 2)
                .jump(next)
                .label(eights);
        readExtension();
        a.load(BYTE, R1, R10, Stack.SCRATCH + 1)
                .alu(Alu.ADD, R1, 1)
                .alu(Alu.SHIFT_LEFT, R1, 3)
                .label(next)
                .load(BYTE, R8, R10, Stack.SCRATCH)
                .alu(Alu.ADD, R9, R1);
    }

    /// A whole datagram with a fragment header is no fragment (RFC 6946); a later one has no ports.
    private void fragment() {
        var a = code.a;
        String whole = "whole " + a.size();
        readExtension();
        a.load(HALF, R1, R10, Stack.SCRATCH + (int) Ipv6Extensions.FRAGMENT_PLACE)
                .move(R2, R1)
                .alu(Alu.AND, R2, a.network16(OFFSET_MASK | MORE))
                .jump(EQUAL, R2, 0, whole)
                .store(WORD, R10, Stack.REST, Stack.FRAGMENT)
                .load(WORD, R2, R10, Stack.SCRATCH + (int) Ipv6Extensions.FRAGMENT_ID)
                .store(WORD, R10, Stack.IDENTIFICATION, R2)
                .alu(Alu.AND, R1, a.network16(OFFSET_MASK))
                .jump(NOT_EQUAL, R1, 0, MISSED)
                .store(WORD, R10, Stack.REST, Stack.FIRST)
                .label(whole);
    }

    private void readExtension() {
        code.loadBytes(R9, Stack.SCRATCH, EXTENSION_LENGTH, MISSED);
    }
}
