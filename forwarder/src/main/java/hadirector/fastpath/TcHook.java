package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.BELOW_OR_EQUAL;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R5;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.conn.TunnelTemplate;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv6View;

/// tc ingress (tcx, or a clsact filter): sees every frame as an skb, super-frames whole and checksums in any state. It does hits, and claims
/// what else is ours for the engine.
class TcHook implements Hook {
    /// `skb->mark` of frames that are the engine's alone ("hadi").
    static final int MARK = 0x68616469;

    /// `skb->mark` of frames of which the engine gets a copy.
    static final int MARK_COPY = 0x6861646a;

    /// `skb->mark` of frames that the engine gives to the host's own stack ("hadk").
    static final int MARK_HOST = 0x6861646b;

    /// TCX_NEXT, and TC_ACT_UNSPEC of a filter.
    static final int NEXT = -1;

    static final int DROP = 2;

    private static final int PACKET_HOST = 0;
    private static final int PACKET_OTHERHOST = 3;
    private static final String GROUP_MAC = "group mac";
    private static final int VLAN_ID_MASK = 0xfff;
    private static final String GIVEN = "given";
    /// Longer than the headers of which the program reads in place.
    private static final int HEADERS = 128;
    private static final int PSEUDO_HEADER = 0x10;
    private static final int ZERO_IS_NONE = 0x20;
    private static final int NO_DIFFERENCE = 0xffff;
    // BPF_ADJ_ROOM_MAC and BPF_F_ADJ_ROOM_* (linux/bpf.h).
    private static final int ROOM_BEHIND_MAC = 1;
    private static final int FIXED_GSO = 1;
    private static final int ENCAPSULATED_BY_V4 = 1 << 1;
    private static final int ENCAPSULATED_BY_V6 = 1 << 2;
    private static final int ENCAPSULATED_BY_GRE = 1 << 3;
    private static final int ENCAPSULATED_BY_UDP = 1 << 4;

    @Override
    public int data() {
        return SkBuff.DATA;
    }

    @Override
    public int dataEnd() {
        return SkBuff.DATA_END;
    }

    @Override
    public boolean hitsOnly() {
        return false;
    }

    @Override
    public boolean repliesOnly() {
        return false;
    }

    /// Frames for somebody else's MAC are not ours, nor are those of a VLAN (its own interface gets them untagged), nor what we give to the
    /// host ourselves. Of those for a group's MAC only what asks for an address is: nothing is forwarded that did not come for this host alone
    /// (RFC 1812 5.3.4).
    @Override
    public void begin(Code code) {
        var a = code.a;
        a.move(R6, R1)
                .load(WORD, R0, R6, SkBuff.MARK)
                .jump(EQUAL, R0, MARK_HOST, GIVEN)
                .load(WORD, R0, R6, SkBuff.PACKET_TYPE)
                .jump(NOT_EQUAL, R0, PACKET_HOST, GROUP_MAC);
        unlessTagged(code);
        a.jump(EQUAL, R0, a.network16(EthernetView.TYPE_ARP), Claims.ARP)
                .jump(Code.NEXT)
                .label(GROUP_MAC)
                .jump(EQUAL, R0, PACKET_OTHERHOST, Code.NEXT)
                .load(WORD, R0, R6, SkBuff.PROTOCOL)
                .jump(EQUAL, R0, a.network16(EthernetView.TYPE_ARP), "group " + Claims.ARP)
                .jump(NOT_EQUAL, R0, a.network16(EthernetView.TYPE_IPV6), Code.NEXT);
        linear(code, Family.V6.l4, Code.NEXT);
        a.load(BYTE, R1, R7, Family.V6.protocol).jump(NOT_EQUAL, R1, Ipv6View.ICMP, Code.NEXT).label("group " + Claims.ARP);
        unlessTagged(code);
        a.jump(Claims.ARP);
    }

    /// Goes on with IP packets; r0 = another protocol.
    static void unlessTagged(Code code) {
        var a = code.a;
        String untagged = "untagged " + a.size();
        a.load(WORD, R0, R6, SkBuff.VLAN_PRESENT)
                .jump(EQUAL, R0, 0, untagged)
                .load(WORD, R0, R6, SkBuff.VLAN_TCI)
                .alu(Alu.AND, R0, VLAN_ID_MASK)
                .jump(NOT_EQUAL, R0, 0, Code.NEXT)
                .label(untagged)
                .load(WORD, R0, R6, SkBuff.PROTOCOL)
                .jump(EQUAL, R0, a.network16(EthernetView.TYPE_IPV4), Family.V4.label("frame"))
                .jump(EQUAL, R0, a.network16(EthernetView.TYPE_IPV6), Family.V6.label("frame"));
    }

    /// Some drivers leave the headers in page fragments: then they are pulled, as far as the frame goes; all that anybody may ask for, at once.
    @Override
    public void linear(Code code, int length, String label) {
        var a = code.a;
        String linear = "linear " + a.size();
        String pull = "pull " + a.size();
        code.loadPacket();
        a.load(WORD, R2, R6, dataEnd()).move(R1, R7).alu(Alu.ADD, R1, length).jump(BELOW_OR_EQUAL, R1, R2, linear);
        a.load(WORD, R2, R6, SkBuff.LENGTH)
                .jump(BELOW_OR_EQUAL, R2, HEADERS, pull)
                .move(R2, HEADERS)
                .label(pull)
                .move(R1, R6)
                .call(Helper.SKB_PULL_DATA);
        code.loadPacket();
        code.unlessWithin(length, label);
        a.label(linear);
    }

    @Override
    public void checkLength(Code code) {
        frameLength(code);
        code.a.jump(ABOVE, R4, R1, Code.JAVA);
    }

    @Override
    public void checkUnpadded(Code code) {
        frameLength(code);
        code.a.jump(NOT_EQUAL, R4, R1, Code.JAVA);
    }

    private static void frameLength(Code code) {
        code.a.load(WORD, R1, R6, SkBuff.LENGTH).alu(Alu.SUB, R1, EthernetView.LENGTH);
    }

    @Override
    public void checkFlow(Code code) {}

    @Override
    public void checkSegments(Code code) {
        code.a
                .load(WORD, R1, R6, SkBuff.GSO_SIZE)
                .jump(EQUAL, R1, 0, Code.JAVA)
                .alu(Alu.ADD, R1, R5)
                .jump(ABOVE, R1, R3, Code.JAVA);
    }

    @Override
    public void countPackets(Code code) {
        String counted = "segments " + code.a.size();
        code.a
                .load(WORD, R2, R6, SkBuff.GSO_SEGMENTS)
                .jump(NOT_EQUAL, R2, 0, counted)
                .move(R2, 1)
                .label(counted);
    }

    /// A partial checksum is the sum of the pseudo-header, and then ports are no part of it. What is not that sum is certainly whole, and
    /// changed here. For the rest there is a helper, which knows in which state the checksum is and takes ten times as long.
    @Override
    public void updateChecksum(Code code, Family family, boolean udp) {
        var a = code.a;
        int offset = Checksums.offset(family, udp);
        String maybePartial = "maybe partial " + a.size();
        String done = "checksum " + a.size();
        code.unlessWithin(offset + Short.BYTES, Code.NEXT); // Never: known, but not to the verifier.
        a.load(HALF, R3, R7, offset);
        if (udp) {
            a.jump(EQUAL, R3, 0, done);
        }
        a.load(HALF, R4, R8, (int) FlowRecord.ADDRESS_DIFFERENCE);
        Checksums.pseudoHeader(code, family, udp);
        a.move(R5, R3).alu(Alu.ADD, R5, R4);
        Checksums.fold(code, R5, R2, 1);
        a.jump(EQUAL, R1, R5, maybePartial);
        Checksums.update(code, family, udp);
        keepComplete(code, family);
        a.jump(done).label(maybePartial);
        byHelper(code, offset, udp);
        a.label(done);
    }

    /// A sum that the card made over the whole packet (CHECKSUM_COMPLETE) follows as the helper below would have it.
    private static void keepComplete(Code code, Family family) {
        code.a.move(R2, R4).alu(Alu.XOR, R2, NO_DIFFERENCE);
        if (family == Family.V6) {
            code.a.alu(Alu.ADD, R9, R2);
        } else {
            code.a.move(R1, R6).call(Helper.CSUM_UPDATE);
        }
    }

    /// A difference of ffff changes nothing.
    private static void byHelper(Code code, int offset, boolean udp) {
        int flags = udp ? ZERO_IS_NONE : 0;
        String ports = "ports " + code.a.size();
        difference(code, offset, (int) FlowRecord.ADDRESS_DIFFERENCE, flags | PSEUDO_HEADER);
        code.a.load(HALF, R4, R8, (int) FlowRecord.PORTS_DIFFERENCE).jump(EQUAL, R4, NO_DIFFERENCE, ports);
        difference(code, offset, (int) FlowRecord.PORTS_DIFFERENCE, flags);
        code.a.label(ports);
    }

    private static void difference(Code code, int offset, int field, int flags) {
        code.a
                .move(R1, R6)
                .move(R2, offset)
                .move(R3, 0)
                .load(HALF, R4, R8, field)
                .move(R5, flags)
                .call(Helper.L4_CSUM_REPLACE);
    }

    /// Of a checksum over the whole packet (CHECKSUM_COMPLETE) [#updateChecksum] takes the address difference away, as if an IPv4 header had made
    /// up for it.
    @Override
    public void afterHeader6(Code code) {
        code.a.move(R1, R6).move(R2, R9).call(Helper.CSUM_UPDATE);
    }

    /// Segments keep their size: that they fit has been seen to. UDP's could not be cut elsewhere.
    @Override
    public void makeRoom(Code code, Family outer, int tunnel, int length) {
        int flags = FIXED_GSO
                | (outer == Family.V4 ? ENCAPSULATED_BY_V4 : ENCAPSULATED_BY_V6)
                | switch (tunnel) {
                    case TunnelTemplate.GRE -> ENCAPSULATED_BY_GRE;
                    case TunnelTemplate.GUE -> ENCAPSULATED_BY_UDP;
                    default -> 0;
                };
        code.a
                .move(R1, R6)
                .move(R2, length)
                .move(R3, ROOM_BEHIND_MAC)
                .move(R4, flags)
                .call(Helper.SKB_ADJUST_ROOM)
                .jump(NOT_EQUAL, R0, 0, Code.JAVA);
    }

    /// A tag of VLAN 0, which only has a priority, ends here as at any router; it would go out with the frame.
    @Override
    public void redirect(Code code) {
        String untagged = "no priority " + code.a.size();
        code.a
                .load(WORD, R2, R6, SkBuff.VLAN_PRESENT)
                .jump(EQUAL, R2, 0, untagged)
                .move(R9, R1)
                .move(R1, R6)
                .call(Helper.SKB_VLAN_POP)
                .move(R1, R9)
                .label(untagged)
                .move(R2, 0)
                .call(Helper.REDIRECT)
                .exit();
    }

    /// Claimed frames are marked for our sockets' filter; as frames for another host the host's stack drops them.
    @Override
    public void end(Code code) {
        new Claims(code).emit();
        code.a
                .label(Code.JAVA)
                .move(R1, MARK)
                .store(WORD, R6, SkBuff.MARK, R1)
                .move(R1, R6)
                .move(R2, PACKET_OTHERHOST)
                .call(Helper.SKB_CHANGE_TYPE)
                .label(Code.NEXT)
                .move(R0, NEXT)
                .exit()
                .label(Code.COPY)
                .move(R1, MARK_COPY)
                .store(WORD, R6, SkBuff.MARK, R1)
                .jump(Code.NEXT)
                .label(GIVEN)
                .move(R1, 0)
                .store(WORD, R6, SkBuff.MARK, R1)
                .jump(Code.NEXT);
        fence(code);
    }

    /// See [Lease].
    static void fence(Code code) {
        code.a
                .label(Code.FENCED)
                .jump(EQUAL, R0, 0, Code.NEXT)
                .alu(Alu.SUB, R9, R0)
                .move64(R1, Lease.FENCE_NANOS)
                .jump(ABOVE, R9, R1, Code.NEXT);
        Counts.verdict(code, Verdict.DROP_CLOSED);
        code.a.move(R0, DROP).exit();
    }
}
