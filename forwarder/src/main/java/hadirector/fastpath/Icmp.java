package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.BELOW;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Jump;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6Extensions;
import hadirector.packet.Ipv6View;

/// ICMP that is not for a floating address, r9 = offset of its header: NDP about one, and errors. Whose an error is, the packet that it
/// quotes says: its tuple, turned round, is that of the answers.
final class Icmp {
    /// With the family's digit.
    static final String BEGIN = "icmp";

    private static final int HEADER_LENGTH = 8;
    private static final int PORTS_LENGTH = 4;
    private static final int NEIGHBOUR_SOLICITATION = 135;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int IPIP = 4;
    private static final int IPV6 = 41;
    private static final int GRE = 47;
    private static final int OFFSET_MASK_6 = 0xfff8;
    /// What `hadirector.forward.IcmpErrors` carries on, and IPv4's that it drops.
    private static final int[] ERRORS_4 = {3, 4, 5, 11, 12};

    private static final int[] ERRORS_6 = {1, 2, 3, 4};

    private final Code code;
    private final Family family;
    private final String sender;

    /// @param sender where errors go that quote nothing of ours
    Icmp(Code code, Family family, String sender) {
        this.code = code;
        this.family = family;
        this.sender = sender;
    }

    void emit() {
        var a = code.a;
        a.label(family.label(BEGIN));
        code.loadBytes(R9, Stack.SCRATCH, HEADER_LENGTH, Code.NEXT);
        a.load(BYTE, R1, R10, Stack.SCRATCH);
        for (int type : family == Family.V4 ? ERRORS_4 : ERRORS_6) {
            a.jump(EQUAL, R1, type, label("error"));
        }
        if (family == Family.V4) {
            a.jump(Code.NEXT);
        } else {
            neighbours();
        }
        a.label(label("error"));
        quote();
    }

    private String label(String name) {
        return family.label("icmp " + name);
    }

    private void neighbours() {
        var a = code.a;
        a.jump(BELOW, R1, NEIGHBOUR_SOLICITATION, Code.NEXT)
                .jump(ABOVE, R1, NEIGHBOUR_ADVERTISEMENT, Code.NEXT)
                .alu(Alu.ADD, R9, HEADER_LENGTH);
        code.loadBytes(R9, Stack.ADDRESS, Family.ADDRESS_ROOM, Code.NEXT);
        code.lookup(code.maps.addresses(), Stack.ADDRESS);
        a.jump(Claims.TARGET);
    }

    private void quote() {
        var a = code.a;
        a.alu(Alu.ADD, R9, HEADER_LENGTH);
        code.loadBytes(R9, Stack.SCRATCH, family.headerLength, sender);
        quotedHeader();
        a.load(BYTE, R8, R10, quoted(family.protocol));
        turnedAddresses();
        if (family == Family.V6) {
            quotedFragment();
        }
        for (int protocol : new int[] {IPIP, IPV6, GRE}) {
            a.jump(EQUAL, R8, protocol, Code.COPY);
        }
        a.jump(EQUAL, R8, Ipv4View.TCP, label("ports"))
                .jump(NOT_EQUAL, R8, Ipv4View.UDP, sender)
                .label(label("ports"));
        turnedPorts();
        new Find(code, family, "quoted", label("found"), label("unknown")).emit();
        a.label(label("found")).load(HALF, R1, R8, (int) FlowRecord.GROUP);
        Lease.check(code, R1);
        a.jump(Code.JAVA);
        unknown();
    }

    /// Where a field of the header lies in the copy, from its offset in a frame.
    private static int quoted(int field) {
        return Stack.SCRATCH + field - Family.L3;
    }

    /// r9 = offset of what follows the quoted header, which is whole and no later fragment's.
    private void quotedHeader() {
        var a = code.a;
        a.load(BYTE, R1, R10, Stack.SCRATCH);
        if (family == Family.V6) {
            a.alu(Alu.SHIFT_RIGHT, R1, 4).jump(NOT_EQUAL, R1, 6, sender).alu(Alu.ADD, R9, Ipv6View.LENGTH);
            return;
        }
        a.move(R8, R1)
                .alu(Alu.SHIFT_RIGHT, R1, 4)
                .jump(NOT_EQUAL, R1, 4, sender)
                .alu(Alu.AND, R8, 15)
                .jump(BELOW, R8, 5, sender)
                .alu(Alu.SHIFT_LEFT, R8, 2)
                .alu(Alu.ADD, R9, R8)
                .load(HALF, R1, R10, Stack.SCRATCH + (int) Ipv4View.FRAGMENT)
                .jump(Jump.ANY_BIT, R1, a.network16(Ipv4View.OFFSET_MASK), sender);
    }

    private void turnedAddresses() {
        var a = code.a;
        boolean four = family == Family.V4;
        for (int i = 0; i < family.addressLength; i += four ? Integer.BYTES : Long.BYTES) {
            a.load(four ? WORD : DOUBLE, R1, R10, quoted(family.destination) + i)
                    .store(four ? WORD : DOUBLE, R10, Stack.SOURCE + family.addressAt + i, R1)
                    .load(four ? WORD : DOUBLE, R1, R10, quoted(family.source) + i)
                    .store(four ? WORD : DOUBLE, R10, Stack.DESTINATION + family.addressAt + i, R1);
        }
    }

    /// Routers say "too big" of first fragments as well, and only those have ports. r8 = what r9 is the offset of.
    private void quotedFragment() {
        var a = code.a;
        a.jump(NOT_EQUAL, R8, Ipv6Extensions.FRAGMENT, label("whole"));
        code.loadBytes(R9, Stack.SCRATCH, Ipv6Extensions.FRAGMENT_LENGTH, sender);
        a.load(HALF, R1, R10, Stack.SCRATCH + (int) Ipv6Extensions.FRAGMENT_PLACE)
                .jump(Jump.ANY_BIT, R1, a.network16(OFFSET_MASK_6), sender)
                .load(BYTE, R8, R10, Stack.SCRATCH)
                .alu(Alu.ADD, R9, Ipv6Extensions.FRAGMENT_LENGTH)
                .label(label("whole"));
    }

    /// r8 = protocol.
    private void turnedPorts() {
        var a = code.a;
        a.store(WORD, R10, Stack.PROTOCOL, R8);
        code.loadBytes(R9, Stack.SCRATCH, PORTS_LENGTH, sender);
        a.load(HALF, R1, R10, Stack.SCRATCH)
                .store(HALF, R10, Stack.PORTS + Short.BYTES, R1)
                .load(HALF, R1, R10, Stack.SCRATCH + Short.BYTES)
                .store(HALF, R10, Stack.PORTS, R1);
    }

    /// The tuple that is turned round may be that of a flow that the kernel made.
    private void made() {
        if (family == Family.V4) {
            mapped(Stack.SOURCE);
            mapped(Stack.DESTINATION);
        }
        MadeCode.answered(code, label("not made"));
        code.a.jump(Code.JAVA).label(label("not made"));
    }

    private void mapped(int address) {
        code.a.store(DOUBLE, R10, address, 0).store(WORD, R10, address + Long.BYTES, code.a.network32(Claims.MAPPED));
    }

    /// A datagram that was sent to a realserver of ours may be a tunnel's (GUE).
    private void unknown() {
        var a = code.a;
        a.label(label("unknown"));
        made();
        a.load(WORD, R1, R10, Stack.PROTOCOL).jump(NOT_EQUAL, R1, Ipv4View.UDP, sender);
        if (family == Family.V4) {
            a.load(WORD, R1, R10, Stack.SOURCE + family.addressAt);
            Claims.mapped(code);
            code.lookup(code.maps.addresses(), Stack.ADDRESS);
        } else {
            code.lookup(code.maps.addresses(), Stack.SOURCE);
        }
        a.jump(EQUAL, R0, 0, sender)
                .load(WORD, R0, R0, 0)
                .jump(Jump.ANY_BIT, R0, SharedMaps.REALSERVER, Code.COPY)
                .jump(sender);
    }
}
