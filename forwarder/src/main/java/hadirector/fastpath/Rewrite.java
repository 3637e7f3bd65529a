package hadirector.fastpath;

import static hadirector.ebpf.Jump.ANY_BIT;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;

/// Does to a packet, in place, what its record (r8) says: byte for byte what `hadirector.forward.Rewrite` does. Then it
/// leaves, or goes on to the host's own stack.
///
/// Only the transport checksum goes through a helper, and last: that makes packet pointers void.
final class Rewrite {
    private static final String LEAVE = "leave";
    private static final String SOURCE = "source";
    private static final String TRANSPORT = "transport";
    private static final String UDP = "udp checksum";

    /// One's complement difference of the word with IPv6's hop limit.
    private static final int HOP_STEP = 0xfffe;

    private final Code code;
    private final Family family;

    Rewrite(Code code, Family family) {
        this.code = code;
        this.family = family;
    }

    void emit() {
        macs(code);
        step(code, family, 0);
        if (family == Family.V6) {
            code.a.move(R9, code.a.network16(HOP_STEP));
        }
        code.a
                .load(HALF, R3, R8, (int) FlowRecord.FLAGS)
                .alu(Alu.AND, R3, FlowRecord.REWRITE_DESTINATION | FlowRecord.REWRITE_SOURCE)
                .jump(EQUAL, R3, 0, family.label(LEAVE));
        translate();
        checksum();
        leave();
    }

    static void macs(Code code) {
        code.a
                .load(DOUBLE, R1, R8, (int) FlowRecord.DESTINATION_MAC)
                .store(DOUBLE, R7, 0, R1)
                .load(WORD, R1, R8, (int) FlowRecord.DESTINATION_MAC + Long.BYTES)
                .store(WORD, R7, Long.BYTES, R1);
    }

    /// One hop, and IPv4's checksum of it and of the address.
    ///
    /// @param shift bytes that the header lies behind its usual place
    static void step(Code code, Family family, int shift) {
        var a = code.a;
        int hops = family.hops + shift;
        a.load(BYTE, R1, R7, hops).alu(Alu.SUB, R1, 1).store(BYTE, R7, hops, R1);
        if (family == Family.V6) {
            return;
        }
        int checksum = Family.L3 + (int) Ipv4View.CHECKSUM + shift;
        a.load(HALF, R1, R7, checksum)
                .alu(Alu.XOR, R1, InternetChecksum.OTHER_ZERO)
                .load(HALF, R2, R8, (int) FlowRecord.IP_DIFFERENCE)
                .alu(Alu.ADD, R1, R2)
                .move(R2, R1)
                .alu(Alu.SHIFT_RIGHT, R2, 16)
                .alu(Alu.ADD, R1, R2)
                .alu(Alu.XOR, R1, InternetChecksum.OTHER_ZERO)
                .store(HALF, R7, checksum, R1);
    }

    private void translate() {
        var a = code.a;
        a.load(HALF, R2, R8, (int) FlowRecord.PORT)
                .jump(ANY_BIT, R3, FlowRecord.REWRITE_SOURCE, family.label(SOURCE))
                .store(HALF, R7, family.l4 + (int) TcpView.DESTINATION_PORT, R2);
        address(family.destination);
        a.jump(family.label(TRANSPORT))
                .label(family.label(SOURCE))
                .store(HALF, R7, family.l4 + (int) TcpView.SOURCE_PORT, R2);
        address(family.source);
        a.label(family.label(TRANSPORT));
    }

    private void address(int field) {
        boolean four = family == Family.V4;
        int step = four ? Integer.BYTES : Long.BYTES;
        for (int i = 0; i < family.addressLength; i += step) {
            code.a
                    .load(four ? WORD : DOUBLE, R1, R8, (int) FlowRecord.ADDRESS + family.addressAt + i)
                    .store(four ? WORD : DOUBLE, R7, field + i, R1);
        }
    }

    private void checksum() {
        var a = code.a;
        if (family == Family.V6) {
            a.load(HALF, R1, R8, (int) FlowRecord.ADDRESS_DIFFERENCE).alu(Alu.ADD, R9, R1);
        }
        a.load(BYTE, R1, R7, family.protocol).jump(EQUAL, R1, Ipv4View.UDP, family.label(UDP));
        code.hook.updateChecksum(code, family, false);
        a.jump(family.label(LEAVE)).label(family.label(UDP));
        code.hook.updateChecksum(code, family, true);
    }

    private void leave() {
        code.a.label(family.label(LEAVE));
        if (family == Family.V6) {
            code.hook.afterHeader6(code);
        }
        code.a
                .load(HALF, R1, R8, (int) FlowRecord.FLAGS)
                .jump(ANY_BIT, R1, FlowRecord.LOCAL, Code.NEXT)
                .load(WORD, R1, R8, (int) FlowRecord.IFINDEX);
        code.hook.redirect(code);
    }
}
