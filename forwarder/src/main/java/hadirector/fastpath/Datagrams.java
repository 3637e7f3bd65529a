package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R3;
import static hadirector.ebpf.Reg.R4;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.packet.Ipv4View;

/// Which datagrams of realservers are ours that come in fragments. The first fragment shows it by its ports and is noted in `hd_datagrams`, so
/// that the later ones are hidden from the host, which else might forward them too.
///
/// The key is what belongs together in reassembly (RFC 791, RFC 8200 4.5), laid out as the tuple on the stack with the identification in the
/// place of the ports; the value is the time of the first.
final class Datagrams {
    /// As long as Java keeps them, and Linux the halves of others.
    private static final long LIFE_NANOS = 30_000_000_000L;

    private final Code code;
    private final Family family;

    Datagrams(Code code, Family family) {
        this.code = code;
        this.family = family;
    }

    /// Notes the datagram of the first fragment at hand, and leaves it to Java. The tuple is lost.
    void noteAndPunt() {
        key();
        code.a
                .call(Helper.KTIME_GET_COARSE_NS)
                .store(DOUBLE, R10, Stack.ADDRESS, R0)
                .loadMap(R1, code.maps.datagrams())
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SOURCE)
                .move(R3, R10)
                .alu(Alu.ADD, R3, Stack.ADDRESS)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .jump(Code.JAVA);
    }

    /// A later fragment: Java's if its datagram has been noted, else a copy, as nobody knows yet. The tuple is lost.
    void puntOrCopy() {
        key();
        code.lookup(code.maps.datagrams(), Stack.SOURCE);
        code.a
                .jump(EQUAL, R0, 0, Code.COPY)
                .load(DOUBLE, R1, R0, 0)
                .store(DOUBLE, R10, Stack.ADDRESS, R1)
                .call(Helper.KTIME_GET_COARSE_NS)
                .load(DOUBLE, R1, R10, Stack.ADDRESS)
                .alu(Alu.SUB, R0, R1)
                .move64(R1, LIFE_NANOS)
                .jump(ABOVE, R0, R1, Code.COPY)
                .jump(Code.JAVA);
    }

    private void key() {
        var a = code.a;
        code.unlessWithin(family.l4, Code.COPY);
        GuardCode.address(code, family, family.source, Stack.SOURCE);
        GuardCode.address(code, family, family.destination, Stack.DESTINATION);
        if (family == Family.V4) {
            a.load(HALF, R1, R7, Family.L3 + (int) Ipv4View.IDENTIFICATION)
                    .store(WORD, R10, Stack.PORTS, R1)
                    .load(BYTE, R1, R7, family.protocol)
                    .store(WORD, R10, Stack.PROTOCOL, R1);
        } else {
            a.load(WORD, R1, R10, Stack.IDENTIFICATION)
                    .store(WORD, R10, Stack.PORTS, R1)
                    .store(WORD, R10, Stack.PROTOCOL, 0);
        }
    }
}
