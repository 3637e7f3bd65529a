package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE_OR_EQUAL;
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
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;

/// Packets of flows that [ScheduleCode] made: they are forwarded, and what Java must know is noted or told.
///
/// r8 = the value of `hd_made`, which begins with the record; of an answer, the second record in it.
final class MadeCode {
    /// With the family's digit: a packet whose destination is not ours; does a realserver answer a client by it?
    static final String REPLY = "made reply";

    /// A client that acknowledges within so many bytes behind the realserver's number has heard it.
    private static final int WINDOW = 1 << 18;

    /// By the second record.
    private static final int ANSWERS_STATE = MadeFlow.ANSWERS_STATE - MadeFlow.ANSWERS;

    private final Code code;
    private final Family family;
    private final ScheduleFds maps;

    MadeCode(Code code, Family family) {
        this.code = code;
        this.family = family;
        maps = code.maps.schedule();
    }

    /// Of direction 0.
    void emit(String label) {
        known(label);
        tell();
    }

    private String label(String name) {
        return family.label("made " + name);
    }

    /// r0 = the value of `hd_made`, direction 0.
    private void known(String label) {
        var a = code.a;
        String found = family.label(Flow.FOUND);
        a.label(label).move(R8, R0);
        ends("known", MadeFlow.STATE);
        a.load(WORD, R1, R8, MadeFlow.STATE)
                .jump(ANY_BIT, R1, MadeFlow.TOLD, found)
                .load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R1, FlowRecord.REWRITE_DESTINATION)
                .jump(EQUAL, R1, 0, label("tell"));
        a.load(WORD, R1, R8, MadeFlow.ANSWERS_STATE)
                .alu(Alu.AND, R1, MadeFlow.ANSWERED)
                .jump(EQUAL, R1, 0, found)
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .jump(NOT_EQUAL, R1, Ipv4View.TCP, label("tell"));
        code.unlessWithin(family.l4 + TcpView.LENGTH_MIN, found);
        a.load(WORD, R1, R7, family.l4 + (int) TcpView.ACKNOWLEDGMENT)
                .toNetwork(R1, Integer.SIZE)
                .load(WORD, R2, R8, MadeFlow.EXPECTED)
                .alu32(Alu.SUB, R1, R2)
                .jump(ABOVE_OR_EQUAL, R1, WINDOW, found);
    }

    /// If the ring is full the next packet tells it.
    private void tell() {
        var a = code.a;
        a.label(label("tell"));
        for (int i = 0; i < MadeFlow.KEY_LENGTH; i += Long.BYTES) {
            a.load(DOUBLE, R1, R10, Stack.SOURCE + i).store(DOUBLE, R10, Stack.MADE + i, R1);
        }
        a.load(DOUBLE, R1, R8, MadeFlow.SERVICE)
                .store(DOUBLE, R10, Stack.MADE + MadeFlow.TOLD_SERVICE, R1)
                .load(WORD, R1, R7, (int) EthernetView.SOURCE)
                .load(HALF, R2, R7, (int) EthernetView.SOURCE + Integer.BYTES)
                .store(DOUBLE, R10, Stack.MADE + MadeFlow.TOLD_MAC, 0)
                .store(WORD, R10, Stack.MADE + MadeFlow.TOLD_MAC, R1)
                .store(HALF, R10, Stack.MADE + MadeFlow.TOLD_MAC + Integer.BYTES, R2)
                .load(WORD, R1, R6, SkBuff.IFINDEX)
                .store(DOUBLE, R10, Stack.MADE + MadeFlow.TOLD_IFINDEX, 0)
                .store(WORD, R10, Stack.MADE + MadeFlow.TOLD_IFINDEX, R1)
                .loadMap(R1, maps.told())
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.MADE)
                .move(R3, MadeFlow.TOLD_LENGTH)
                .move(R4, 0)
                .call(Helper.RINGBUF_OUTPUT)
                .jump(NOT_EQUAL, R0, 0, family.label(Flow.FOUND));
        setState(MadeFlow.STATE, MadeFlow.TOLD);
        a.jump(family.label(Flow.FOUND));
    }

    /// Notes FIN and RST of a TCP segment.
    private void ends(String where, int state) {
        var a = code.a;
        String noReset = label(where + " no reset");
        String goesOn = label(where + " goes on");
        a.load(WORD, R1, R10, Stack.PROTOCOL).jump(NOT_EQUAL, R1, Ipv4View.TCP, goesOn);
        code.unlessWithin(family.l4 + TcpView.LENGTH_MIN, goesOn);
        a.load(BYTE, R2, R7, family.l4 + (int) TcpView.FLAGS)
                .alu(Alu.AND, R2, TcpView.FIN | TcpView.RST)
                .jump(EQUAL, R2, 0, goesOn)
                .alu(Alu.AND, R2, TcpView.RST)
                .jump(EQUAL, R2, 0, noReset);
        setState(state, MadeFlow.RESET);
        a.jump(goesOn).label(noReset);
        setState(state, MadeFlow.FINISHED);
        a.label(goesOn);
    }

    private void setState(int state, int bit) {
        code.a.load(WORD, R1, R8, state).alu(Alu.OR, R1, bit).store(WORD, R8, state, R1);
    }

    void emitReply() {
        var a = code.a;
        a.label(family.label(REPLY));
        GuardCode.tuple(code, family, label("reply ports"), Code.NEXT);
        code.lookup(code.maps.addresses(), Stack.SOURCE);
        a.jump(EQUAL, R0, 0, Code.NEXT)
                .load(WORD, R1, R0, 0)
                .alu(Alu.AND, R1, SharedMaps.REALSERVER)
                .jump(EQUAL, R1, 0, Code.NEXT);
        answered(code, Code.NEXT);
        a.alu(Alu.ADD, R8, MadeFlow.ANSWERS);
        code.hook.linear(code, family.l4 + TcpView.LENGTH_MIN, label("reply short"));
        a.label(label("reply short"));
        ends("reply", ANSWERS_STATE);
        a.load(WORD, R1, R8, ANSWERS_STATE)
                .jump(ANY_BIT, R1, MadeFlow.ANSWERED, family.label(Flow.FOUND))
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .jump(NOT_EQUAL, R1, Ipv4View.TCP, label("answered"));
        expect();
        a.label(label("answered"));
        setState(ANSWERS_STATE, MadeFlow.ANSWERED);
        a.jump(family.label(Flow.FOUND));
    }

    /// r8 = the value of the flow in which a packet of the tuple, its addresses mapped, is an answer; `otherwise` if there is none.
    static void answered(Code code, String otherwise) {
        var maps = code.maps.schedule();
        GuardCode.endpoint(code, Stack.SOURCE, Stack.PORTS);
        code.lookup(maps.vips(), Stack.SCRATCH);
        code.a.jump(EQUAL, R0, 0, otherwise);
        clientsKey(code);
        code.lookup(maps.made(), Stack.CLIENT);
        code.a.jump(EQUAL, R0, 0, otherwise).move(R8, R0);
        unlessFromItsRealServer(code, otherwise);
    }

    /// A reset says nothing.
    private void expect() {
        var a = code.a;
        code.unlessWithin(family.l4 + TcpView.LENGTH_MIN, family.label(Flow.FOUND));
        a.load(BYTE, R2, R7, family.l4 + (int) TcpView.FLAGS)
                .jump(ANY_BIT, R2, TcpView.RST, family.label(Flow.FOUND))
                .load(WORD, R1, R7, family.l4 + (int) TcpView.SEQUENCE)
                .toNetwork(R1, Integer.SIZE)
                .alu(Alu.AND, R2, TcpView.SYN)
                .jump(EQUAL, R2, 0, label("expect"))
                .alu32(Alu.ADD, R1, 1)
                .label(label("expect"))
                .store(WORD, R8, MadeFlow.EXPECTED - MadeFlow.ANSWERS, R1);
    }

    /// The tuple of the client's packets, if r0 is the VIP in the realserver's place.
    private static void clientsKey(Code code) {
        var a = code.a;
        GuardCode.copyAddress(code, Stack.DESTINATION, Stack.CLIENT + MadeFlow.SOURCE);
        for (int i = 0; i < Family.ADDRESS_ROOM; i += Long.BYTES) {
            a.load(DOUBLE, R1, R0, i).store(DOUBLE, R10, Stack.CLIENT + MadeFlow.DESTINATION + i, R1);
        }
        a.load(HALF, R1, R10, Stack.PORTS + Short.BYTES)
                .store(HALF, R10, Stack.CLIENT + MadeFlow.SOURCE_PORT, R1)
                .load(HALF, R1, R0, EndpointKey.PORT)
                .store(HALF, R10, Stack.CLIENT + MadeFlow.DESTINATION_PORT, R1)
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .store(WORD, R10, Stack.CLIENT + MadeFlow.PROTOCOL, R1);
    }

    /// Goes to `otherwise` if the flow is with another realserver of the VIP.
    private static void unlessFromItsRealServer(Code code, String otherwise) {
        var a = code.a;
        for (int i = 0; i < Family.ADDRESS_ROOM; i += Long.BYTES) {
            a.load(DOUBLE, R1, R8, (int) FlowRecord.ADDRESS + i)
                    .load(DOUBLE, R2, R10, Stack.SOURCE + i)
                    .jump(NOT_EQUAL, R1, R2, otherwise);
        }
        a.load(HALF, R1, R8, (int) FlowRecord.PORT)
                .load(HALF, R2, R10, Stack.PORTS)
                .jump(NOT_EQUAL, R1, R2, otherwise);
    }
}
