package hadirector.fastpath;

import hadirector.conn.KeyHash;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.SkBuff;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.packet.FrameBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One guarded service, the same in both families and for both protocols, before a loaded program that runs single packets.
final class ServiceLab implements AutoCloseable {
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;
    static final int SERVICE = 11;
    static final int GROUP = 3;
    private static final int REDIRECT = 7;
    private static final int CONNECTIONS = 100;

    private final SharedTable table = new SharedTable(CONNECTIONS, Pins.none());
    final SharedMaps maps = new SharedMaps(Pins.none());
    final ServiceMaps services = maps.services();
    final BpfProgram program = new ProgramLoader(table, maps, new KeyHash(7), CONNECTIONS).ingress();

    enum Ip {
        V4("10.0.0.1:", "10.0.0.100:"),
        V6("[2001:db8::1]:", "[2001:db8::100]:");

        final String client;
        final String vip;

        Ip(String client, String vip) {
            this.client = client;
            this.vip = vip;
        }

        FrameBuilder tcp(int flags, int port, int sequence) {
            return FrameBuilder.tcp(client + port, vip + 80, flags, sequence, 0).macs(0, FrameBuilder.CLIENT_MAC);
        }

        IpAddress vip() {
            return Endpoint.of(vip + 80).address();
        }
    }

    enum Fate {
        PUNTED,
        DROPPED,
        SENT,
        PASSED
    }

    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    record Seen(Fate fate, byte[] frame) {}

    ServiceLab() {
        maps.lease(GROUP, Long.MAX_VALUE);
        for (var ip : Ip.values()) {
            maps.claim(ip.vip(), SharedMaps.FLOATING | SharedMaps.GUARDED | GROUP);
            for (int protocol : new int[] {6, 17}) {
                services.put(protocol, ip.vip().high(), ip.vip().low(), 80, SERVICE);
            }
        }
    }

    /// The frame's MAC must be 0, as it comes by loopback.
    Seen run(byte[] frame) {
        try (var arena = Arena.ofConfined()) {
            var result = program.testRun(MemorySegment.ofArray(frame), arena.allocate(SkBuff.SIZE, 8), 1);
            int mark = result.context().get(ValueLayout.JAVA_INT, SkBuff.MARK);
            var fate = switch (result.returned()) {
                case TcHook.DROP -> Fate.DROPPED;
                case REDIRECT -> Fate.SENT;
                default -> mark == FastPath.MARK ? Fate.PUNTED : Fate.PASSED;
            };
            return new Seen(fate, result.data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    Fate fate(FrameBuilder frame) {
        return run(frame.build()).fate;
    }

    long count(Verdict verdict) {
        var sum = new long[1];
        maps.verdicts().sum(verdict.index, sum);
        return sum[0];
    }

    @Override
    public void close() {
        program.close();
        maps.close();
        table.close();
    }
}
