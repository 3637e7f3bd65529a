package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.ANY_BIT;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Jump;
import hadirector.packet.ArpView;
import hadirector.packet.EthernetView;

/// What of the frames that are no flow's is ours by its addresses: all for a floating address, with ARP and NDP; of realservers
/// copies of what Java must know.
///
/// ```
///   destination FLOATING ------------------> lease -> java
///   NDP about a FLOATING target -----------> lease -> java        ([Icmp])
///   ICMP error about one of our flows -----> lease -> java        ([Icmp])
///   ICMP error about a tunnel's packet ----> copy                 ([Icmp])
///   fragment of a REALSERVER ------------- > java if the datagram's first was ours, else copy   ([Datagrams])
///   other ICMP error of a REALSERVER ------> copy
///   else ----------------------------------> next
/// ```
final class Claims {
    static final String ARP = "arp";

    /// r0 is 0 or an entry of `hd_addresses`, r9 not needed any more: ours if it is floating.
    static final String TARGET = "target";

    private static final String SENDER = "sender";
    private static final int ARP_END = EthernetView.LENGTH + ArpView.LENGTH;
    private static final int ARP_LENGTHS = EthernetView.LENGTH + 4;
    private static final int ARP_ETHERNET_IPV4 = 0x0001_0800;
    private static final int ARP_LENGTHS_6_4 = 0x0604;
    static final int MAPPED = 0x0000ffff;

    private final Code code;

    Claims(Code code) {
        this.code = code;
    }

    void emit() {
        arp();
        target();
        for (Family family : Family.values()) {
            missed(family);
            ours(family);
            new Icmp(code, family, family.label(SENDER)).emit();
        }
    }

    private void missed(Family family) {
        var a = code.a;
        String notOurs = family.label("not ours");
        a.label(family.label(Flow.MISSED));
        address(family, family.destination);
        a.jump(EQUAL, R0, 0, notOurs).load(WORD, R8, R0, 0).jump(ANY_BIT, R8, SharedMaps.FLOATING, family.label("ours"));
        a.label(notOurs)
                .load(WORD, R9, R10, Stack.REST)
                .jump(EQUAL, R9, Stack.NOTHING, family.label(MadeCode.REPLY))
                .jump(ABOVE, R9, Stack.FIRST, family.label(Icmp.BEGIN));
        ifFromRealServer(family, family.label("fragment"));
        a.label(family.label("fragment")).jump(EQUAL, R9, Stack.FIRST, family.label("first"));
        new Datagrams(code, family).puntOrCopy();
        first(family);
        a.label(family.label(SENDER));
        ifFromRealServer(family, Code.COPY);
    }

    /// Keeps r9. What others send is nobody's here.
    private void ifFromRealServer(Family family, String then) {
        address(family, family.source);
        code.a
                .jump(EQUAL, R0, 0, Code.NEXT)
                .load(WORD, R0, R0, 0)
                .jump(ANY_BIT, R0, SharedMaps.REALSERVER, then)
                .jump(Code.NEXT);
    }

    /// A first fragment without a flow in the table: the kernel may have made one. The tuple of IPv4 lacks its mapping yet.
    private void first(Family family) {
        var a = code.a;
        a.label(family.label("first"));
        code.unlessWithin(family.l4, Code.COPY);
        GuardCode.address(code, family, family.source, Stack.SOURCE);
        GuardCode.address(code, family, family.destination, Stack.DESTINATION);
        MadeCode.answered(code, Code.COPY);
        new Datagrams(code, family).noteAndPunt();
    }

    private void ours(Family family) {
        code.a
                .label(family.label("ours"))
                .jump(ANY_BIT, R8, SharedMaps.GUARDED, family.label(GuardCode.BEGIN))
                .jump("floating");
        new GuardCode(code, family).emit();
        new ScheduleCode(code, family).emit();
        new MadeCode(code, family).emitReply();
    }

    private void target() {
        code.a
                .label(TARGET)
                .jump(EQUAL, R0, 0, Code.NEXT)
                .load(WORD, R8, R0, 0)
                .jump(ANY_BIT, R8, SharedMaps.FLOATING, "floating")
                .jump(Code.NEXT)
                .label("floating")
                .alu(Alu.AND, R8, SharedMaps.GROUP_MASK);
        Lease.check(code, R8);
        code.a.jump(Code.JAVA);
    }

    private void arp() {
        var a = code.a;
        a.label(ARP);
        code.hook.linear(code, ARP_END, Code.NEXT);
        a.load(WORD, R1, R7, EthernetView.LENGTH)
                .jump32(NOT_EQUAL, R1, a.network32(ARP_ETHERNET_IPV4), Code.NEXT)
                .load(HALF, R1, R7, ARP_LENGTHS)
                .jump(Jump.NOT_EQUAL, R1, a.network16(ARP_LENGTHS_6_4), Code.NEXT);
        address(Family.V4, EthernetView.LENGTH + (int) ArpView.TARGET);
        a.jump(TARGET);
    }

    /// r0 = the entry of the address at `offset` of the packet, or 0.
    private void address(Family family, int offset) {
        var a = code.a;
        if (family == Family.V4) {
            a.load(WORD, R1, R7, offset);
            mapped(code);
        } else {
            a.load(DOUBLE, R1, R7, offset)
                    .store(DOUBLE, R10, Stack.ADDRESS, R1)
                    .load(DOUBLE, R1, R7, offset + Long.BYTES)
                    .store(DOUBLE, R10, Stack.ADDRESS + Long.BYTES, R1);
        }
        code.lookup(code.maps.addresses(), Stack.ADDRESS);
    }

    /// The key of the IPv4 address in r1, which is lost.
    static void mapped(Code code) {
        code.a
                .store(WORD, R10, Stack.ADDRESS + Family.V4.addressAt, R1)
                .store(DOUBLE, R10, Stack.ADDRESS, 0)
                .store(WORD, R10, Stack.ADDRESS + Long.BYTES, code.a.network32(MAPPED));
    }
}
