package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.conn.TunnelTemplate;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Reg;
import hadirector.packet.EthernetView;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.UdpView;

/// LVS-Tun: puts the outer header of the record's (r8) template before the packet, completed as `hadirector.forward.Encapsulation`
/// does it. The header is put together on the stack, then room is made, then it is copied: until room is made nothing has changed, so the
/// packet can still be Java's.
///
/// A partial checksum stays partial (Java completes it): the kernel knows that the packet is encapsulated.
final class Tunnel {
    /// With the family's digit.
    static final String BEGIN = "tunnel";

    private static final int DONT_FRAGMENT = 0x4000;
    private static final int IP_LENGTH_MAX = 0xffff;
    private static final int SERVICE_6 = 0x0ff0;
    private static final int[] KINDS = {TunnelTemplate.IPIP, TunnelTemplate.GRE, TunnelTemplate.GUE};

    private final Code code;
    private final Family inner;

    /// @param inner family of the packet
    Tunnel(Code code, Family inner) {
        this.code = code;
        this.inner = inner;
    }

    private String label(String name) {
        return inner.label("tunnel " + name);
    }

    /// r4 = length of the packet, r9 = now.
    void emit() {
        code.a.label(inner.label(BEGIN));
        code.hook.checkUnpadded(code);
        template();
        for (Family outer : Family.values()) {
            code.a.label(label("outer " + outer));
            compose(outer);
            byKind(outer);
        }
        code.a.label(label("leave"));
        Flow.seen(code, label("same time"));
        code.a.load(WORD, R9, R10, Stack.IP_LENGTH);
        Counts.forwarded(code);
        code.a.load(WORD, R1, R8, (int) FlowRecord.IFINDEX);
        code.hook.redirect(code);
    }

    /// r0 = the template, r4 = length of the outer packet.
    private void template() {
        var a = code.a;
        a.store(WORD, R10, Stack.IP_LENGTH, R4).load(HALF, R1, R8, (int) FlowRecord.TUNNEL);
        code.lookup(code.maps.tunnels(), R1);
        a.jump(EQUAL, R0, 0, Code.JAVA)
                .load(BYTE, R1, R0, TunnelTemplate.INNER_FAMILY)
                .jump(NOT_EQUAL, R1, number(inner), Code.JAVA)
                .load(BYTE, R1, R0, TunnelTemplate.HEADER_LENGTH)
                .jump(EQUAL, R1, 0, Code.JAVA)
                .load(WORD, R4, R10, Stack.IP_LENGTH)
                .alu(Alu.ADD, R4, R1)
                .jump(ABOVE, R4, IP_LENGTH_MAX, Code.JAVA)
                .load(BYTE, R1, R0, TunnelTemplate.OUTER_FAMILY)
                .jump(EQUAL, R1, number(Family.V6), label("outer " + Family.V6));
    }

    private static int number(Family family) {
        return family == Family.V4 ? 4 : 6;
    }

    /// The header up to the inner one on the stack, with all that belongs to this packet.
    private void compose(Family outer) {
        int longest = outer.headerLength + TunnelTemplate.UDP_LENGTH + TunnelTemplate.GUE_LENGTH;
        for (int i = 0; i < longest; i += Long.BYTES) {
            code.a.load(DOUBLE, R1, R0, TunnelTemplate.HEADER + i).store(DOUBLE, R10, Stack.OUTER + i, R1);
        }
        service();
        if (outer == Family.V4) {
            outer4();
        } else {
            outer6();
        }
        datagram(outer);
    }

    /// r3 = DSCP and ECN of the packet.
    private void service() {
        if (inner == Family.V4) {
            code.a.load(BYTE, R3, R7, Family.L3 + (int) Ipv4View.SERVICE);
        } else {
            code.a
                    .load(HALF, R3, R7, Family.L3)
                    .toNetwork(R3, Short.SIZE)
                    .alu(Alu.AND, R3, SERVICE_6)
                    .alu(Alu.SHIFT_RIGHT, R3, 4);
        }
    }

    private void outer4() {
        var a = code.a;
        a.store(BYTE, R10, Stack.OUTER + (int) Ipv4View.SERVICE, R3).move(R1, R4);
        storeNetwork16(Ipv4View.TOTAL_LENGTH, R1);
        if (inner == Family.V4) {
            String dont = "do not fragment " + a.size();
            a.load(HALF, R1, R7, Family.L3 + (int) Ipv4View.FRAGMENT)
                    .move(R2, R1)
                    .alu(Alu.AND, R2, a.network16(DONT_FRAGMENT))
                    .jump(NOT_EQUAL, R2, 0, dont)
                    .load(HALF, R3, R7, Family.L3 + (int) Ipv4View.IDENTIFICATION)
                    .alu(Alu.XOR, R3, R1)
                    .store(HALF, R10, Stack.OUTER + (int) Ipv4View.IDENTIFICATION, R3)
                    .label(dont)
                    .store(HALF, R10, Stack.OUTER + (int) Ipv4View.FRAGMENT, R2);
        } else {
            a.store(HALF, R10, Stack.OUTER + (int) Ipv4View.FRAGMENT, a.network16(DONT_FRAGMENT));
        }
        checksum4();
    }

    /// Over the whole header, in which the field is 0.
    private void checksum4() {
        var a = code.a;
        a.load(WORD, R1, R10, Stack.OUTER);
        for (int i = Integer.BYTES; i < Ipv4View.LENGTH_MIN; i += Integer.BYTES) {
            a.load(WORD, R2, R10, Stack.OUTER + i).alu(Alu.ADD, R1, R2);
        }
        for (int i = 0; i < 3; i++) {
            a.move(R2, R1)
                    .alu(Alu.SHIFT_RIGHT, R2, 16)
                    .alu(Alu.AND, R1, InternetChecksum.OTHER_ZERO)
                    .alu(Alu.ADD, R1, R2);
        }
        a.alu(Alu.XOR, R1, InternetChecksum.OTHER_ZERO)
                .store(HALF, R10, Stack.OUTER + (int) Ipv4View.CHECKSUM, R1);
    }

    private void outer6() {
        code.a.alu(Alu.SHIFT_LEFT, R3, 20).alu(Alu.OR, R3, 6 << 28);
        flowHash(R1);
        code.a
                .alu(Alu.AND, R1, TunnelTemplate.FLOW_LABEL_MASK)
                .alu(Alu.OR, R3, R1)
                .toNetwork(R3, Integer.SIZE)
                .store(WORD, R10, Stack.OUTER, R3)
                .move(R1, R4)
                .alu(Alu.SUB, R1, Ipv6View.LENGTH);
        storeNetwork16(Ipv6View.PAYLOAD_LENGTH, R1);
    }

    /// UDP's of GUE; what other kinds have there is not copied, or is written anew.
    private void datagram(Family outer) {
        var a = code.a;
        String none = label("no datagram in " + outer);
        a.load(BYTE, R1, R0, TunnelTemplate.KIND).jump(NOT_EQUAL, R1, TunnelTemplate.GUE, none);
        flowHash(R1);
        a.alu(Alu.AND, R1, TunnelTemplate.SOURCE_PORTS_MASK).alu(Alu.OR, R1, TunnelTemplate.SOURCE_PORTS);
        storeNetwork16(outer.headerLength + UdpView.SOURCE_PORT, R1);
        a.move(R1, R4).alu(Alu.SUB, R1, outer.headerLength);
        storeNetwork16(outer.headerLength + UdpView.DATAGRAM_LENGTH, R1);
        a.label(none);
    }

    /// The hash stands in the cell by which [Find] came here.
    private void flowHash(Reg target) {
        code.a.load(DOUBLE, target, R10, Stack.CELL).alu(Alu.SHIFT_RIGHT, target, 32);
    }

    private void storeNetwork16(long field, Reg value) {
        code.a.toNetwork(value, Short.SIZE).store(HALF, R10, Stack.OUTER + (int) field, value);
    }

    private void byKind(Family outer) {
        var a = code.a;
        a.load(BYTE, R1, R0, TunnelTemplate.KIND);
        for (int kind : KINDS) {
            String other = label(outer + " not kind " + kind);
            a.jump(NOT_EQUAL, R1, kind, other);
            put(outer, kind, outer.headerLength + length(kind));
            a.jump(label("leave")).label(other);
        }
        a.jump(Code.JAVA);
    }

    private static int length(int kind) {
        return switch (kind) {
            case TunnelTemplate.GRE -> TunnelTemplate.GRE_LENGTH;
            case TunnelTemplate.GUE -> TunnelTemplate.UDP_LENGTH + TunnelTemplate.GUE_LENGTH;
            default -> 0;
        };
    }

    private void put(Family outer, int kind, int length) {
        var a = code.a;
        code.hook.makeRoom(code, outer, kind, length);
        code.loadPacket();
        code.unlessWithin(length + inner.l4, Code.NEXT); // Never: known, but not to the verifier.
        Rewrite.macs(code);
        a.store(HALF, R7, (int) EthernetView.TYPE, a.network16(outer.etherType));
        int at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            a.load(DOUBLE, R1, R10, Stack.OUTER + at).store(DOUBLE, R7, Family.L3 + at, R1);
        }
        if (at < length) {
            a.load(WORD, R1, R10, Stack.OUTER + at).store(WORD, R7, Family.L3 + at, R1);
        }
        Rewrite.step(code, inner, length);
    }
}
