package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
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
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Reg.R8;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.BYTE;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.HALF;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Alu;
import hadirector.ebpf.Helper;
import hadirector.packet.Ipv4View;
import hadirector.packet.TcpView;

/// Packets for a guarded address whose tuple no connection knows, before they become Java's: the access list of their service,
/// then how many first segments and strays Java can take. Packets that are not plain (IP options, extension headers,
/// fragments) and of ports without a service go to Java as they are.
///
/// ```
///   service? -- acl: denied --------------------------------------------------> drop
///            -- scheduled by the kernel --------------------------------------> [ScheduleCode]
///            -- TCP SYN -- bucket of its kind (source proven or not) full? ---> java
///                       \- else, if not proven: answered by a challenge ------> back to where it came from
///            -- TCP RST that answers a challenge: source proven --------------> drop
///            -- else TCP: bucket of strays full? -----------------------------> java, else drop
///            -- UDP ----------------------------------------------------------> java
/// ```
///
/// The challenge is a SYN-ACK whose acknowledgment number is [SynCookie] and cannot be right: a host in SYN-SENT answers it by a RST
/// with that very number and tries again (RFC 9293 3.10.7.3), Linux within milliseconds. A forged source does neither.
///
/// Registers: r8 the [ServiceEntry], r9 the time.
final class GuardCode {
    /// With the family's digit: r8 = entry of `hd_addresses`.
    static final String BEGIN = "guarded";

    private static final int PLAIN_HEADER = 0x45;
    private static final int PORTS_LENGTH = 4;
    private static final int MAPPED = 0x0000ffff;
    private static final int CONTROL = TcpView.SYN | TcpView.ACK | TcpView.RST | TcpView.FIN;

    private final Code code;
    private final Family family;
    private final ServiceFds maps;
    private final SynCookie cookie;

    GuardCode(Code code, Family family) {
        this.code = code;
        this.family = family;
        maps = code.maps.services();
        cookie = maps.cookie();
    }

    void emit() {
        code.a.label(family.label(BEGIN)).alu(Alu.AND, R8, SharedMaps.GROUP_MASK);
        Lease.check(code, R8);
        tuple(code, family, label("ports"), Code.JAVA);
        service();
        acl();
        tcp();
        syn();
        reset();
        strays();
        end("denied", Verdict.DROP_DENIED);
        end("no token", Verdict.DROP_SYN_BUDGET);
        end("stray", Verdict.DROP_STRAY_BUDGET);
        end("proof", Verdict.SOURCES_PROVEN);
    }

    private String label(String name) {
        return family.label("guard " + name);
    }

    /// The whole tuple of a plain packet onto the stack, IPv4 mapped; goes to `otherwise` if it is none. r3 = protocol.
    static void tuple(Code code, Family family, String label, String otherwise) {
        var a = code.a;
        code.unlessWithin(family.l4 + PORTS_LENGTH, otherwise);
        if (family == Family.V4) {
            a.load(BYTE, R1, R7, Family.L3)
                    .jump(NOT_EQUAL, R1, PLAIN_HEADER, otherwise)
                    .load(HALF, R1, R7, Family.L3 + (int) Ipv4View.FRAGMENT)
                    .jump(ANY_BIT, R1, a.network16(Ipv4View.MORE_FRAGMENTS | Ipv4View.OFFSET_MASK), otherwise);
        }
        a.load(BYTE, R3, R7, family.protocol)
                .jump(EQUAL, R3, Ipv4View.TCP, label)
                .jump(NOT_EQUAL, R3, Ipv4View.UDP, otherwise)
                .label(label)
                .store(WORD, R10, Stack.PROTOCOL, R3)
                .load(WORD, R1, R7, family.l4)
                .store(WORD, R10, Stack.PORTS, R1);
        address(code, family, family.source, Stack.SOURCE);
        address(code, family, family.destination, Stack.DESTINATION);
    }

    static void address(Code code, Family family, int field, int to) {
        var a = code.a;
        if (family == Family.V4) {
            a.store(DOUBLE, R10, to, 0)
                    .store(WORD, R10, to + Long.BYTES, a.network32(MAPPED))
                    .load(WORD, R1, R7, field)
                    .store(WORD, R10, to + Family.V4.addressAt, R1);
        } else {
            for (int i = 0; i < Family.ADDRESS_ROOM; i += Long.BYTES) {
                a.load(DOUBLE, R1, R7, field + i).store(DOUBLE, R10, to + i, R1);
            }
        }
    }

    private void service() {
        var a = code.a;
        endpoint(code, Stack.DESTINATION, Stack.PORTS + Short.BYTES);
        code.lookup(maps.services(), Stack.SCRATCH);
        a.jump(EQUAL, R0, 0, Code.JAVA).load(WORD, R1, R0, 0).store(WORD, R10, Stack.SERVICE, R1);
        code.lookup(maps.entries(), Stack.SERVICE);
        a.jump(EQUAL, R0, 0, Code.JAVA).move(R8, R0);
    }

    /// An [EndpointKey] of the tuple's protocol at `SCRATCH`.
    static void endpoint(Code code, int address, int port) {
        copyAddress(code, address, Stack.SCRATCH);
        code.a
                .load(HALF, R1, R10, port)
                .store(HALF, R10, Stack.SCRATCH + EndpointKey.PORT, R1)
                .load(WORD, R1, R10, Stack.PROTOCOL)
                .store(BYTE, R10, Stack.SCRATCH + EndpointKey.PROTOCOL, R1)
                .store(BYTE, R10, Stack.SCRATCH + EndpointKey.PROTOCOL + 1, 0);
    }

    static void copyAddress(Code code, int from, int to) {
        for (int i = 0; i < Family.ADDRESS_ROOM; i += Long.BYTES) {
            code.a.load(DOUBLE, R1, R10, from + i).store(DOUBLE, R10, to + i, R1);
        }
    }

    private void acl() {
        var a = code.a;
        a.load(WORD, R1, R8, ServiceEntry.ACL)
                .jump(EQUAL, R1, 0, label("let in"))
                .store(WORD, R10, Stack.SCRATCH, ServiceMaps.ACL_KEY_LENGTH * Byte.SIZE - Integer.SIZE)
                .alu(Alu.OR, R1, family == Family.V4 ? ServiceMaps.V4 : 0)
                .store(WORD, R10, Stack.SCRATCH + ServiceMaps.ACL_KEY_ID, R1);
        copyAddress(code, Stack.SOURCE, Stack.SCRATCH + ServiceMaps.ACL_KEY_ADDRESS);
        code.lookup(maps.acls(), Stack.SCRATCH);
        a.jump(NOT_EQUAL, R0, 0, label("listed"))
                .load(WORD, R1, R8, ServiceEntry.FLAGS)
                .jump(ANY_BIT, R1, ServiceEntry.OTHERS_IN, label("let in"))
                .jump(label("denied"))
                .label(label("listed"))
                .load(WORD, R1, R0, 0)
                .jump(EQUAL, R1, ServiceMaps.DENY, label("denied"))
                .label(label("let in"));
    }

    private void tcp() {
        var a = code.a;
        a.load(WORD, R1, R8, ServiceEntry.FLAGS)
                .jump(ANY_BIT, R1, ServiceEntry.SCHEDULE, family.label(ScheduleCode.BEGIN))
                .load(WORD, R1, R10, Stack.PROTOCOL).jump(NOT_EQUAL, R1, Ipv4View.TCP, Code.JAVA);
        code.hook.linear(code, family.l4 + TcpView.LENGTH_MIN, label("strays"));
        a.load(BYTE, R1, R7, family.l4 + (int) TcpView.FLAGS)
                .alu(Alu.AND, R1, CONTROL)
                .jump(EQUAL, R1, TcpView.SYN, label("syn"))
                .jump(ANY_BIT, R1, TcpView.RST, label("reset"))
                .jump(label("strays"));
    }

    private void syn() {
        var a = code.a;
        a.label(label("syn"))
                .load(DOUBLE, R1, R8, ServiceEntry.SYNS + ServiceEntry.INTERVAL)
                .jump(EQUAL, R1, 0, Code.JAVA);
        code.lookup(maps.proven(), Stack.SOURCE);
        a.jump(EQUAL, R0, 0, label("unproven"))
                .load(DOUBLE, R1, R0, 0)
                .move64(R2, ServiceMaps.PROVEN_NANOS)
                .alu(Alu.ADD, R1, R2)
                .jump(ABOVE, R9, R1, label("unproven"));
        bucket(ServiceEntry.PROVEN_SYNS, label("no token"));
        a.label(label("unproven"));
        bucket(ServiceEntry.SYNS, label("challenge"));
        challenge();
    }

    private void challenge() {
        var a = code.a;
        a.label(label("challenge"))
                .load(WORD, R1, R8, ServiceEntry.FLAGS)
                .alu(Alu.AND, R1, ServiceEntry.CHALLENGE)
                .jump(EQUAL, R1, 0, label("no token"))
                .store(DOUBLE, R8, ServiceEntry.CHALLENGED, R9);
        Counts.verdict(code, Verdict.SYN_CHALLENGED);
        cookie.emit(code, family, 0);
        new ChallengeCode(code, family).emit();
    }

    /// Is it the answer to a challenge? The highest bit may have been turned.
    private void reset() {
        var a = code.a;
        a.label(label("reset"))
                .load(DOUBLE, R1, R8, ServiceEntry.CHALLENGED)
                .jump(EQUAL, R1, 0, label("strays"))
                .move64(R2, 2L << SynCookie.SLICE_BITS)
                .alu(Alu.ADD, R1, R2)
                .jump(ABOVE, R9, R1, label("strays"));
        for (int slicesAgo = 0; slicesAgo < 2; slicesAgo++) {
            cookie.emit(code, family, slicesAgo);
            a.load(WORD, R1, R7, family.l4 + (int) TcpView.SEQUENCE)
                    .toNetwork(R1, Integer.SIZE)
                    .alu32(Alu.XOR, R0, R1)
                    .alu32(Alu.SHIFT_LEFT, R0, 1)
                    .jump(EQUAL, R0, 0, label("proven"));
        }
        a.jump(label("strays"))
                .label(label("proven"))
                .store(DOUBLE, R10, Stack.SCRATCH, R9)
                .loadMap(R1, maps.proven())
                .move(R2, R10)
                .alu(Alu.ADD, R2, Stack.SOURCE)
                .move(R3, R10)
                .alu(Alu.ADD, R3, Stack.SCRATCH)
                .move(R4, 0)
                .call(Helper.MAP_UPDATE)
                .jump(label("proof"));
    }

    private void strays() {
        code.a.label(label("strays"));
        bucket(ServiceEntry.STRAYS, label("stray"));
    }

    /// To Java if the bucket gives a token. The generic cell rate algorithm: `time` is when all that was let through has been paid.
    private void bucket(int bucket, String empty) {
        var a = code.a;
        String ahead = label("ahead " + bucket);
        a.load(DOUBLE, R1, R8, bucket + ServiceEntry.INTERVAL)
                .jump(EQUAL, R1, 0, Code.JAVA)
                .load(DOUBLE, R2, R8, bucket + ServiceEntry.TIME)
                .move(R3, R9)
                .alu(Alu.ADD, R3, (int) ServiceEntry.BURST_NANOS)
                .jump(ABOVE, R2, R3, empty)
                .jump(ABOVE_OR_EQUAL, R2, R9, ahead)
                .move(R2, R9)
                .label(ahead)
                .alu(Alu.ADD, R2, R1)
                .store(DOUBLE, R8, bucket + ServiceEntry.TIME, R2)
                .jump(Code.JAVA);
    }

    private void end(String name, Verdict verdict) {
        code.a.label(label(name));
        Counts.verdict(code, verdict);
        code.a.move(R0, TcHook.DROP).exit();
    }
}
