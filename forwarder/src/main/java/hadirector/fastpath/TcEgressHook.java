package hadirector.fastpath;

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
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6Extensions;

/// tc egress, for realservers that are this host: their answers are rewritten where they leave; what of them is Java's comes in again by
/// the same interface, as if it came from a realserver behind it, and what Java gives to the host's stack comes in likewise.
///
/// ```
///   mark "hadk" (Java's) --------------------------> in again, let through there
///   (RIP, client) of a connection -- plain --------> rewritten, out
///                                 \- else ---------> mark "hadi", in again: PACKET_OTHERHOST by its MAC, so it is Java's alone
///   fragment of a datagram whose first went there -> the same
///   ICMP error that quotes (client, RIP) ----------> the same
///   else ------------------------------------------> out, as it came
/// ```
final class TcEgressHook extends TcHook {
    /// Key of `hd_fragments`: the tuple with the datagram's identification in place of the ports.
    static final int FRAGMENT_KEY_LENGTH = 40;

    private static final String AGAIN = "again";
    private static final String PUNT = "punt";
    private static final int INTO_INGRESS = 1; // BPF_F_INGRESS

    private final int fragments;

    /// @param fragments descriptor of the map of datagrams whose first fragment was Java's
    TcEgressHook(int fragments) {
        this.fragments = fragments;
    }

    @Override
    public boolean repliesOnly() {
        return true;
    }

    @Override
    public void begin(Code code) {
        code.a.move(R6, R1).load(WORD, R0, R6, SkBuff.MARK).jump(EQUAL, R0, MARK_HOST, AGAIN);
        unlessTagged(code);
        code.a.jump(Code.NEXT);
    }

    /// By the interface that the client's frames come by; that is mostly the one by which the host sends it anyway.
    @Override
    public void redirect(Code code) {
        code.a.load(WORD, R2, R6, SkBuff.IFINDEX).jump(EQUAL, R1, R2, Code.NEXT);
        super.redirect(code);
    }

    @Override
    public void end(Code code) {
        for (Family family : Family.values()) {
            missed(code, family);
            new Icmp(code, family, Code.NEXT).emit();
        }
        punt(code);
        code.a
                .label(Code.NEXT)
                .label(Code.COPY)
                .label(Claims.TARGET)
                .move(R0, NEXT)
                .exit();
        fence(code);
    }

    private void missed(Code code, Family family) {
        code.a
                .label(family.label(Flow.MISSED))
                .load(WORD, R9, R10, Stack.REST)
                .jump(EQUAL, R9, Stack.NOTHING, Code.NEXT)
                .jump(NOT_EQUAL, R9, Stack.FRAGMENT, family.label(Icmp.BEGIN));
        key(code, family);
        code.lookup(fragments, Stack.SOURCE);
        code.a.jump(EQUAL, R0, 0, Code.NEXT).jump(PUNT);
    }

    /// The host sends the fragments of a datagram in their order: the others follow the first.
    private void punt(Code code) {
        code.a
                .label(Code.JAVA)
                .load(WORD, R1, R10, Stack.REST)
                .jump(NOT_EQUAL, R1, Stack.FRAGMENT, PUNT)
                .load(WORD, R1, R6, SkBuff.PROTOCOL)
                .jump(EQUAL, R1, code.a.network16(EthernetView.TYPE_IPV6), Family.V6.label("remember"));
        code.loadPacket();
        key(code, Family.V4);
        code.a.jump("remember").label(Family.V6.label("remember"));
        code.loadPacket();
        key(code, Family.V6);
        code.a
                .label("remember")
                .store(WORD, R10, Stack.INDEX, 0)
                .loadMap(R1, fragments)
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SOURCE)
                .move(R3, R10)
                .alu(Alu.ADD, R3, Stack.INDEX)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .label(PUNT)
                .move(R1, MARK)
                .store(WORD, R6, SkBuff.MARK, R1)
                .label(AGAIN)
                .load(WORD, R1, R6, SkBuff.IFINDEX)
                .move(R2, INTO_INGRESS)
                .call(Helper.REDIRECT)
                .exit();
    }

    /// Writes the key over the tuple. The host puts a fragment header right behind IPv6's.
    private static void key(Code code, Family family) {
        boolean four = family == Family.V4;
        int identification = four
                ? Family.L3 + (int) Ipv4View.IDENTIFICATION
                : family.l4 + (int) Ipv6Extensions.FRAGMENT_ID;
        var a = code.a;
        code.unlessWithin(four ? family.l4 : family.l4 + Ipv6Extensions.FRAGMENT_LENGTH, Code.NEXT);
        for (int i = 0; i < 2 * Family.ADDRESS_ROOM; i += four ? Family.ADDRESS_ROOM : Long.BYTES) {
            if (four) {
                a.store(DOUBLE, R10, Stack.SOURCE + i, 0)
                        .load(WORD, R1, R7, i == 0 ? family.source : family.destination)
                        .store(WORD, R10, Stack.SOURCE + i + Long.BYTES, 0)
                        .store(WORD, R10, Stack.SOURCE + i + family.addressAt, R1);
            } else {
                a.load(DOUBLE, R1, R7, family.source + i).store(DOUBLE, R10, Stack.SOURCE + i, R1);
            }
        }
        a.load(four ? HALF : WORD, R1, R7, identification)
                .store(WORD, R10, Stack.PORTS, R1)
                .load(BYTE, R1, R7, family.protocol)
                .store(WORD, R10, Stack.PROTOCOL, R1);
    }
}
