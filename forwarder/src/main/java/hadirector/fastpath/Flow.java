package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.ANY_BIT;
import static hadirector.ebpf.Jump.BELOW;
import static hadirector.ebpf.Jump.BELOW_OR_EQUAL;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R5;
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
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;

/// A packet whose flow is known, r8 = its record: forwarded if it is one of the plain ones that need no decision, else left to
/// Java.
final class Flow {
    /// Where [Find] goes, with the family's digit.
    static final String FOUND = "found";

    static final String MISSED = "missed";
    private static final String PUNT = "punt";
    private static final String UDP = "udp flow";
    private static final String FITTING = "fitting";
    private static final String CHECKED = "checked";

    private static final int PLAIN_HEADER = 0x45;
    private static final int ENDINGS = TcpView.SYN | TcpView.FIN | TcpView.RST;

    /// BPF_RB_NO_WAKEUP (include/uapi/linux/bpf.h).
    private static final int NO_WAKEUP = 1;

    /// What the lower half of a cell of [hadirector.conn.KeyIndex] is above the flow's number.
    private static final int FLOW_IN_CELL = 2;

    private final Code code;
    private final Family family;

    Flow(Code code, Family family) {
        this.code = code;
        this.family = family;
    }

    void emit() {
        var a = code.a;
        a.label(family.label(FOUND)).load(HALF, R1, R8, (int) FlowRecord.GROUP);
        Lease.check(code, R1);
        a.load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, 0xffff)
                .move(R0, R1)
                .alu(Alu.AND, R0, FlowRecord.OFFLOAD)
                .jump(EQUAL, R0, 0, family.label(PUNT));
        code.after(R8, R1); // What the record says was written before OFFLOAD.
        code.hook.checkFlow(code);
        a.load(WORD, R0, R8, (int) FlowRecord.IFINDEX).jump(EQUAL, R0, 0, family.label(PUNT));
        header();
        transport();
        fits();
        a.load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .jump(ANY_BIT, R1, FlowRecord.TUNNELLED, family.label(Tunnel.BEGIN));
        seen(code, family.label("same time"));
        a.move(R9, R4);
        Counts.forwarded(code);
        new Rewrite(code, family).emit();
        endings();
        new Tunnel(code, family).emit();
        punt();
    }

    /// What has no record for the kernel yet, or is a fragment. By a realserver's first one the later ones are known.
    private void punt() {
        var a = code.a;
        a.label(family.label(PUNT));
        if (code.hook.hitsOnly()) {
            a.jump(Code.JAVA);
            return;
        }
        a.load(WORD, R1, R10, Stack.REST)
                .jump(NOT_EQUAL, R1, Stack.FIRST, Code.JAVA)
                .load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, FlowRecord.REWRITE_SOURCE)
                .jump(EQUAL, R1, 0, Code.JAVA);
        new Datagrams(code, family).noteAndPunt();
    }

    /// r4 = length of the IP packet; the header is plain, whole, and may take one more hop.
    private void header() {
        var a = code.a;
        code.unlessWithin(family.l4 + UdpView.LENGTH, Code.JAVA);
        if (family == Family.V4) {
            a.load(BYTE, R0, R7, Family.L3)
                    .jump(NOT_EQUAL, R0, PLAIN_HEADER, Code.JAVA)
                    .load(HALF, R0, R7, Family.L3 + (int) Ipv4View.FRAGMENT)
                    .jump(ANY_BIT, R0, a.network16(Ipv4View.MORE_FRAGMENTS | Ipv4View.OFFSET_MASK), family.label(PUNT));
        }
        a.load(BYTE, R0, R7, family.hops)
                .jump(BELOW_OR_EQUAL, R0, 1, Code.JAVA)
                .load(HALF, R4, R7, family.length)
                .toNetwork(R4, Short.SIZE);
        if (family.lengthBase != 0) {
            a.alu(Alu.ADD, R4, family.lengthBase);
        }
        code.hook.checkLength(code);
    }

    /// r5 = bytes of all headers.
    private void transport() {
        var a = code.a;
        a.load(BYTE, R0, R7, family.protocol)
                .jump(EQUAL, R0, Ipv4View.UDP, family.label(UDP))
                .jump(NOT_EQUAL, R0, Ipv4View.TCP, family.label(PUNT));
        code.unlessWithin(family.l4 + TcpView.LENGTH_MIN, Code.JAVA);
        a.load(BYTE, R0, R7, family.l4 + (int) TcpView.FLAGS)
                .jump(ANY_BIT, R0, ENDINGS, family.label("ending"))
                .label(family.label("no ending"))
                .load(BYTE, R5, R7, family.l4 + (int) TcpView.DATA_OFFSET)
                .alu(Alu.SHIFT_RIGHT, R5, 4)
                .alu(Alu.SHIFT_LEFT, R5, 2)
                .jump(BELOW, R5, TcpView.LENGTH_MIN, Code.JAVA)
                .alu(Alu.ADD, R5, family.headerLength)
                .jump(ABOVE, R5, R4, Code.JAVA)
                .jump(family.label(CHECKED))
                .label(family.label(UDP))
                .load(HALF, R5, R7, family.l4 + (int) UdpView.DATAGRAM_LENGTH)
                .toNetwork(R5, Short.SIZE)
                .jump(BELOW, R5, UdpView.LENGTH, Code.JAVA)
                .alu(Alu.ADD, R5, family.headerLength)
                .jump(ABOVE, R5, R4, Code.JAVA)
                .move(R5, family.headerLength + UdpView.LENGTH)
                .label(family.label(CHECKED));
    }

    /// A SYN is Java's. FIN and RST go on their way, behind the data and not after a detour that these did not take, and Java is told; if the
    /// ring is full they are Java's as well. Of flows that the kernel made itself all go on. r0 = the flags, r4 is kept.
    private void endings() {
        var a = code.a;
        a.label(family.label("ending"))
                .load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .jump(ANY_BIT, R1, FlowRecord.WHOLE, family.label("no ending"))
                .jump(ANY_BIT, R0, TcpView.SYN, Code.JAVA)
                .load(DOUBLE, R1, R10, Stack.CELL)
                .alu(Alu.SUB, R1, FLOW_IN_CELL)
                .store(WORD, R10, Stack.MADE + Ending.FLOW, R1)
                .store(WORD, R10, Stack.MADE + Ending.FLAGS, R0)
                .store(WORD, R10, Stack.IP_LENGTH, R4)
                .loadMap(R1, code.maps.endings())
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.MADE)
                .move(R3, Ending.LENGTH)
                .move(R4, NO_WAKEUP)
                .call(Helper.RINGBUF_OUTPUT)
                .jump(NOT_EQUAL, R0, 0, Code.JAVA)
                .load(WORD, R4, R10, Stack.IP_LENGTH)
                .jump(family.label("no ending"));
    }

    /// bpf_redirect does not ask for the MTU of the interface.
    private void fits() {
        code.a
                .load(HALF, R3, R8, (int) FlowRecord.MTU)
                .jump(EQUAL, R3, 0, family.label(FITTING))
                .jump(BELOW_OR_EQUAL, R4, R3, family.label(FITTING));
        code.hook.checkSegments(code);
        code.a.label(family.label(FITTING));
    }

    /// r9 = now. Writes only what changes, so that processors that serve one flow do not take its cache line from each other with
    /// every packet. r1 and r9 are lost.
    static void seen(Code code, String same) {
        code.a
                .alu(Alu.SHIFT_RIGHT, R9, FlowRecord.TIME_BITS)
                .load(WORD, R1, R8, (int) FlowRecord.LAST_SEEN)
                .jump32(EQUAL, R1, R9, same)
                .store(WORD, R8, (int) FlowRecord.LAST_SEEN, R9)
                .label(same);
    }
}
