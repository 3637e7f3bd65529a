package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE_OR_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R5;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.ebpf.Reg;
import hadirector.ebpf.SkBuff;
import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;

/// Turns the SYN at hand into a SYN-ACK that acknowledges what was never sent, and sends it back. All of it but MACs, addresses,
/// ports (changed about, which no checksum sees), hop limit, acknowledgment and the ACK flag stays as it was, its length too: so nobody can be
/// hit with more bytes than were sent in his name, and a checksum of any state stays right by differences.
///
/// r0 = the number (32 bits), r7 the packet, whose TCP header is in reach.
final class ChallengeCode {
    private static final int HOPS = 64;
    /// A number so little above the client's own might be right, if its SYN carries data.
    private static final int NEAR = 1 << 16;

    private static final int OLD_NUMBER = Stack.SCRATCH;
    private static final int NEW_NUMBER = Stack.SCRATCH + 4;
    private static final int OLD_FLAGS = Stack.SCRATCH + 8;
    private static final int NEW_FLAGS = Stack.SCRATCH + 12;
    private static final int OLD_HOPS = Stack.SCRATCH + 16;
    private static final int NEW_HOPS = Stack.SCRATCH + 20;
    private static final int MAC_SECOND = Integer.BYTES;

    private final Code code;
    private final Family family;

    ChallengeCode(Code code, Family family) {
        this.code = code;
        this.family = family;
    }

    void emit() {
        number();
        swap(WORD, (int) EthernetView.DESTINATION, (int) EthernetView.SOURCE);
        swap(HALF, (int) EthernetView.DESTINATION + MAC_SECOND, (int) EthernetView.SOURCE + MAC_SECOND);
        for (int i = 0; i < family.addressLength; i += Integer.BYTES) {
            swap(WORD, family.source + i, family.destination + i);
        }
        swap(HALF, family.l4 + (int) TcpView.SOURCE_PORT, family.l4 + (int) TcpView.DESTINATION_PORT);
        write();
        checksums();
        code.a.load(WORD, R1, R6, SkBuff.IFINDEX).move(R2, 0).call(Helper.REDIRECT).exit();
    }

    private void number() {
        var a = code.a;
        String far = family.label("challenge far");
        a.load(WORD, R1, R7, family.l4 + (int) TcpView.SEQUENCE)
                .toNetwork(R1, Integer.SIZE)
                .alu32(Alu.MOV, R2, R0)
                .alu32(Alu.SUB, R2, R1)
                .jump32(ABOVE_OR_EQUAL, R2, NEAR, far)
                .alu32(Alu.XOR, R0, Integer.MIN_VALUE)
                .label(far)
                .toNetwork(R0, Integer.SIZE)
                .store(WORD, R10, NEW_NUMBER, R0);
    }

    private void swap(hadirector.ebpf.Width width, int one, int other) {
        code.a
                .load(width, R1, R7, one)
                .load(width, R2, R7, other)
                .store(width, R7, one, R2)
                .store(width, R7, other, R1);
    }

    private void write() {
        var a = code.a;
        int number = family.l4 + (int) TcpView.ACKNOWLEDGMENT;
        int flags = family.l4 + (int) TcpView.DATA_OFFSET;
        remember(WORD, number, OLD_NUMBER);
        a.load(WORD, R1, R10, NEW_NUMBER).store(WORD, R7, number, R1);
        remember(HALF, flags, OLD_FLAGS);
        a.load(HALF, R1, R7, flags).alu(Alu.OR, R1, a.network16(TcpView.ACK)).store(HALF, R7, flags, R1);
        a.store(WORD, R10, NEW_FLAGS, R1);
        if (family == Family.V4) {
            remember(HALF, family.hops, OLD_HOPS);
        }
        a.store(BYTE, R7, family.hops, HOPS);
        if (family == Family.V4) {
            remember(HALF, family.hops, NEW_HOPS);
        }
    }

    private void remember(hadirector.ebpf.Width width, int field, int to) {
        code.a.load(width, R1, R7, field).store(WORD, R10, to, R1);
    }

    /// These make r7 void.
    private void checksums() {
        if (family == Family.V4) {
            replace(Helper.L3_CSUM_REPLACE, Family.L3 + (int) Ipv4View.CHECKSUM, OLD_HOPS, NEW_HOPS, Short.BYTES);
        }
        int checksum = family.l4 + (int) TcpView.CHECKSUM;
        replace(Helper.L4_CSUM_REPLACE, checksum, OLD_NUMBER, NEW_NUMBER, Integer.BYTES);
        replace(Helper.L4_CSUM_REPLACE, checksum, OLD_FLAGS, NEW_FLAGS, Short.BYTES);
    }

    private void replace(Helper helper, int offset, int from, int to, int size) {
        code.a.move(R1, R6).move(R2, offset);
        value(R3, from);
        value(R4, to);
        code.a.move(R5, size).call(helper);
    }

    private void value(Reg register, int at) {
        code.a.load(WORD, register, R10, at);
    }
}
