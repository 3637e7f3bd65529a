package hadirector.fastpath;

import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.Alu;
import hadirector.ebpf.Reg;
import hadirector.packet.InternetChecksum;
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;
import hadirector.packet.UdpView;

/// Sums of one's complement in the machine's order: they come out as in network order, so nothing is swapped (RFC 1071 2B).
final class Checksums {
    private static final int MASK = InternetChecksum.OTHER_ZERO;

    private Checksums() {}

    /// Where the transport checksum stands.
    static int offset(Family family, boolean udp) {
        return family.l4 + (int) (udp ? UdpView.CHECKSUM : TcpView.CHECKSUM);
    }

    /// Folds a sum of less than 48 bits into 16.
    static void fold(Code code, Reg sum, Reg scratch, int times) {
        for (int i = 0; i < times; i++) {
            code.a
                    .move(scratch, sum)
                    .alu(Alu.SHIFT_RIGHT, scratch, 16)
                    .alu(Alu.AND, sum, MASK)
                    .alu(Alu.ADD, sum, scratch);
        }
    }

    /// Writes the whole checksum r3 anew: `~(~r3 + r4 + ports)` (RFC 1624, eqn. 3). r2 and r3 are lost.
    ///
    /// @param udp for which 0 is written as ffff
    static void update(Code code, Family family, boolean udp) {
        var a = code.a;
        a.alu(Alu.XOR, R3, MASK)
                .alu(Alu.ADD, R3, R4)
                .load(HALF, R2, R8, (int) FlowRecord.PORTS_DIFFERENCE)
                .alu(Alu.ADD, R3, R2);
        fold(code, R3, R2, 2);
        a.alu(Alu.XOR, R3, MASK);
        if (udp) {
            String store = "store checksum " + a.size();
            a.jump(NOT_EQUAL, R3, 0, store).move(R3, MASK).label(store);
        }
        a.store(HALF, R7, offset(family, udp), R3);
    }

    /// r1 = the folded sum of the packet's pseudo-header, with the addresses that it has now; r2 is lost.
    static void pseudoHeader(Code code, Family family, boolean udp) {
        var a = code.a;
        a.load(HALF, R1, R7, family.length).alu(Alu.ADD, R1, a.network16(udp ? Ipv4View.UDP : Ipv4View.TCP));
        if (family == Family.V4) {
            a.alu(Alu.ADD, R1, MASK ^ a.network16(Ipv4View.LENGTH_MIN)); // Its length field counts the header too.
        }
        for (int i = 0; i < 2 * family.addressLength; i += Integer.BYTES) {
            a.load(WORD, R2, R7, family.source + i).alu(Alu.ADD, R1, R2);
        }
        fold(code, R1, R2, 3);
    }
}
