package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
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
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Jump;
import hadirector.ebpf.XdpBuff;
import hadirector.packet.EthernetView;

/// XDP in front of tc: hits only; everything else passes on to tc as it came.
final class XdpHook implements Hook {
    static final int PASS = 2;

    private final long mac;

    /// @param mac of the interface: flooded frames for others come here too, and nothing says so
    XdpHook(long mac) {
        this.mac = mac;
    }

    @Override
    public int data() {
        return XdpBuff.DATA;
    }

    @Override
    public int dataEnd() {
        return XdpBuff.DATA_END;
    }

    @Override
    public boolean hitsOnly() {
        return true;
    }

    @Override
    public boolean repliesOnly() {
        return false;
    }

    /// A VLAN tag, if the card leaves it in the frame, makes another EtherType.
    @Override
    public void begin(Code code) {
        var a = code.a;
        a.move(R6, R1);
        linear(code, EthernetView.LENGTH, Code.NEXT);
        a.load(WORD, R1, R7, (int) EthernetView.DESTINATION)
                .jump32(NOT_EQUAL, R1, a.network32((int) (mac >>> 16)), Code.NEXT)
                .load(HALF, R1, R7, (int) EthernetView.DESTINATION + Integer.BYTES)
                .jump(NOT_EQUAL, R1, a.network16((int) mac & 0xffff), Code.NEXT)
                .load(HALF, R1, R7, (int) EthernetView.TYPE)
                .jump(EQUAL, R1, a.network16(EthernetView.TYPE_IPV4), Family.V4.label("frame"))
                .jump(EQUAL, R1, a.network16(EthernetView.TYPE_IPV6), Family.V6.label("frame"))
                .jump(Code.NEXT);
    }

    @Override
    public void linear(Code code, int length, String label) {
        code.loadPacket();
        code.unlessWithin(length, label);
    }

    @Override
    public void checkLength(Code code) {
        end(code, ABOVE);
    }

    @Override
    public void checkUnpadded(Code code) {
        end(code, NOT_EQUAL);
    }

    /// The helper (Linux 5.18), as arithmetic with pointers and unknown numbers takes CAP_PERFMON.
    private static void end(Code code, Jump condition) {
        code.a
                .store(WORD, R10, Stack.IP_LENGTH, R4)
                .move(R1, R6)
                .call(Helper.XDP_GET_BUFF_LEN)
                .alu(Alu.SUB, R0, EthernetView.LENGTH)
                .load(WORD, R4, R10, Stack.IP_LENGTH)
                .jump(condition, R4, R0, Code.JAVA);
    }

    @Override
    public void checkFlow(Code code) {
        code.a.jump(ANY_BIT, R1, FlowRecord.TC_ONLY, Code.JAVA);
    }

    @Override
    public void checkSegments(Code code) {
        code.a.jump(Code.JAVA);
    }

    @Override
    public void countPackets(Code code) {
        code.a.move(R2, 1);
    }

    /// No frame here has a partial checksum that says so; on veth, one that has is broken by it (`status` tells to turn offloads off).
    @Override
    public void updateChecksum(Code code, Family family, boolean udp) {
        String done = "checksum " + code.a.size();
        int offset = Checksums.offset(family, udp);
        code.unlessWithin(offset + Short.BYTES, Code.NEXT); // Never: known, but not to the verifier.
        code.a.load(HALF, R3, R7, offset);
        if (udp) {
            code.a.jump(EQUAL, R3, 0, done);
        }
        code.a.load(HALF, R4, R8, (int) FlowRecord.ADDRESS_DIFFERENCE);
        Checksums.update(code, family, udp);
        code.a.label(done);
    }

    @Override
    public void afterHeader6(Code code) {}

    @Override
    public void makeRoom(Code code, Family outer, int tunnel, int length) {
        code.a.move(R1, R6).move(R2, -length).call(Helper.XDP_ADJUST_HEAD).jump(NOT_EQUAL, R0, 0, Code.JAVA);
    }

    /// Never XDP_TX, also not back by the same interface: on veth such frames are counted and not delivered.
    @Override
    public void redirect(Code code) {
        code.a.move(R2, 0).call(Helper.REDIRECT).exit();
    }

    @Override
    public void end(Code code) {
        code.a
                .label(Code.JAVA)
                .label(Code.FENCED)
                .label(Code.NEXT)
                .label(Family.V4.label(Flow.MISSED))
                .label(Family.V6.label(Flow.MISSED))
                .move(R0, PASS)
                .exit();
    }
}
