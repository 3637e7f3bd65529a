package hadirector.forward;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import hadirector.afpacket.Ports;
import hadirector.conn.ConnectionState;
import hadirector.conn.FlowRecord;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.SkBuff;
import hadirector.ebpf.TestResult;
import hadirector.fastpath.Ending;
import hadirector.fastpath.FastPath;
import hadirector.fastpath.LoadedPrograms;
import hadirector.fastpath.SharedMaps;
import hadirector.fastpath.Verdict;
import hadirector.lab.Host;
import hadirector.lab.NetLab;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.packet.FrameBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Runs fixtures through the loaded programs by BPF_PROG_TEST_RUN, as frames that came by an interface with the director's MAC. The
/// connections of a fixture stand in a real table, in the programs' own memory.
final class BpfPath implements AutoCloseable {
    static final int SERVER = 3;
    private static final int CONNECTIONS = 1_000;
    private static final int GROUP = 0;
    private static final long HOUR = 3_600_000_000_000L;
    private static final int TC_NEXT = -1;
    private static final int TC_DROP = 2;
    private static final int TC_REDIRECT = 7;
    private static final int XDP_PASS = 2;
    private static final int XDP_REDIRECT = 4;
    private static final long TUNNEL_AT = (long) FlowSpec.TUNNEL * Tunnels.TEMPLATE_LENGTH;
    private static final String MAC = "02:00:00:00:00:02";

    @SuppressWarnings("ArrayRecordComponent") // Compared byte by byte, never by equals.
    record Result(KernelVerdict verdict, byte[] out, int lastSeen) {}

    private final NetLab lab = new NetLab();
    private final Host director = lab.host("director");
    private final int ifindex;
    final LoadedPrograms programs;

    BpfPath() {
        director.with("ip link add eth0 address " + MAC + " type veth peer name far");
        director.with("ip link set eth0 up");
        director.with("ip link set far up");
        ifindex = Ports.ifindex(director, "eth0");
        programs = director.in(() -> new LoadedPrograms(CONNECTIONS, FrameBuilder.DIRECTOR_MAC));
        programs.maps.lease(GROUP, System.nanoTime() + HOUR);
        claim(SharedMaps.FLOATING, PacketFixture.VIP, PacketFixture.GATEWAY, PacketFixture.VIP6, PacketFixture.GATEWAY6);
        claim(SharedMaps.REALSERVER, FixtureNet.V4.server(), FixtureNet.V6.server());
    }

    /// Says what addresses are.
    void claim(int what, String... addresses) {
        for (String address : addresses) {
            if (!programs.maps.claim(IpAddress.of(address), GROUP | what)) {
                throw new AssertionError("no room for " + address);
            }
        }
    }

    /// The hash that the outer headers of a flow's packets show.
    int flowHash(FlowSpec flow) {
        return programs.hashing.of(
                flow.protocol().number(),
                flow.from().address().high(),
                flow.from().address().low(),
                flow.from().port(),
                flow.to().address().high(),
                flow.to().address().low(),
                flow.to().port());
    }

    /// A frame that the Java path made, with the flow hash of these programs if it is in a tunnel.
    byte[] withFlowHash(FlowSpec flow, byte[] frame) {
        return flow.tunnel().map(tunnel -> tunnel.withFlowHash(frame, flowHash(flow))).orElse(frame);
    }

    Result tc(PacketFixture fixture) {
        return withFlows(fixture, () -> runTc(fixture.in()));
    }

    Result xdp(PacketFixture fixture) {
        return withFlows(fixture, () -> runXdp(fixture.in()));
    }

    /// As something that the director itself sends.
    Result egress(PacketFixture fixture) {
        return withFlows(fixture, () -> runEgress(fixture.in()));
    }

    /// The realserver of the fixture's flows being the director itself.
    Result tcToLocal(PacketFixture fixture) {
        return withFlows(fixture, FlowRecord.LOCAL, () -> runTc(fixture.in()));
    }

    private Result withFlows(PacketFixture fixture, Supplier<Result> run) {
        return withFlows(fixture, 0, run);
    }

    private Result withFlows(PacketFixture fixture, int flags, Supplier<Result> run) {
        var slots = new ArrayList<Integer>();
        try {
            fixture.flows().forEach(flow -> slots.add(insert(flow, flags)));
            var result = run.get();
            return new Result(result.verdict, result.out, slots.isEmpty() ? 0 : lastSeen(slots.getFirst()));
        } finally {
            slots.forEach(slot -> programs.table.remove(slot, System.nanoTime()));
        }
    }

    private int lastSeen(int slot) {
        var records = programs.table.records(slot);
        return Math.max(
                FlowRecords.lastSeen(records, programs.table.recordAt(slot, 0)),
                FlowRecords.lastSeen(records, programs.table.recordAt(slot, 1)));
    }

    /// Puts the connection that has this flow into the table, forwarded by the kernel.
    int insert(FlowSpec flow) {
        return insert(flow, 0);
    }

    private int insert(FlowSpec flow, int flags) {
        boolean reply = flow.action() == FlowSpec.Action.TO_CLIENT;
        Endpoint client = reply ? flow.to() : flow.from();
        Endpoint virtual = reply ? flow.replacement() : flow.to();
        Endpoint real = reply ? flow.from() : flow.replacement();
        var method = switch (flow.action()) {
            case TO_REAL_SERVER, TO_CLIENT -> ForwardingMethod.NAT;
            case DIRECT -> ForwardingMethod.DIRECT_ROUTING;
            case TUNNEL -> ForwardingMethod.TUNNEL;
        };
        flow.tunnel().ifPresent(tunnel -> tunnel.write(programs.maps.tunnels(), TUNNEL_AT, flow.from().address().isV4()));
        int slot = programs.table.insert(
                flow.protocol().number(),
                client.address().high(),
                client.address().low(),
                client.port(),
                virtual.address().high(),
                virtual.address().low(),
                virtual.port(),
                real.address().high(),
                real.address().low(),
                real.port(),
                method.number(),
                ConnectionState.ESTABLISHED.number(),
                1,
                SERVER,
                GROUP,
                System.nanoTime() + HOUR,
                System.nanoTime());
        if (slot < 0) {
            throw new AssertionError("insert says " + slot);
        }
        var records = programs.table.records(slot);
        long at = programs.table.recordAt(slot, reply ? 1 : 0);
        flow.write(records, at);
        FlowRecords.flags(records, at, FlowRecords.flags(records, at) | FlowRecord.OFFLOAD | flags);
        return slot;
    }

    Result runTc(byte[] frame) {
        return runTc(frame, 0);
    }

    /// @param segment bytes of data in each segment of a super-frame, 0 for an ordinary frame
    Result runTc(byte[] frame, int segment) {
        return director.in(() -> runHere(frame, segment));
    }

    /// The same by a thread that is on the director already, see [#thread].
    Result runHere(byte[] frame, int segment) {
        var context = context();
        context.set(JAVA_INT, SkBuff.GSO_SIZE, segment);
        context.set(JAVA_INT, SkBuff.GSO_SEGMENTS, segment == 0 ? 0 : (frame.length + segment - 1) / segment);
        var result = programs.tc.testRun(MemorySegment.ofArray(frame), context, 1);
        return result(result, tcVerdict(result.returned(), result.context().get(JAVA_INT, SkBuff.MARK)));
    }

    private MemorySegment context() {
        var context = Arena.ofAuto().allocate(SkBuff.SIZE, Long.BYTES);
        context.set(JAVA_INT, SkBuff.IFINDEX, ifindex);
        return context;
    }

    Result runEgress(byte[] frame) {
        return director.in(() -> {
            var result = programs.egress.testRun(MemorySegment.ofArray(frame), context(), 1);
            int mark = result.context().get(JAVA_INT, SkBuff.MARK);
            boolean again = result.returned() == TC_REDIRECT && mark == FastPath.MARK;
            return result(result, again ? KernelVerdict.PUNT : tcVerdict(result.returned(), mark));
        });
    }

    /// What a program returns and leaves as the mark for a frame that the engine gives to the host.
    List<Integer> given(BpfProgram program, byte[] frame) {
        return director.in(() -> {
            var context = context();
            context.set(JAVA_INT, SkBuff.MARK, FastPath.MARK_HOST);
            var result = program.testRun(MemorySegment.ofArray(frame), context, 1);
            return List.of(result.returned(), result.context().get(JAVA_INT, SkBuff.MARK));
        });
    }

    /// The director's interface.
    int ifindex() {
        return ifindex;
    }

    /// The least time of one run in nanoseconds.
    ///
    /// @param hops runs of one packet, each with what the one before left
    int leastNanos(BpfProgram program, byte[] frame, int hops, int rounds) {
        return director.in(() -> {
            var context = program == programs.xdp ? MemorySegment.NULL : context();
            var memory = MemorySegment.ofArray(frame);
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < rounds; i++) {
                least = Math.min(least, program.testRun(memory, context, hops).nanos());
            }
            return least;
        });
    }

    /// How many times in a row the program forwards `frame`, by one thread: a run by [#runTc] has a thread of its own, which has to go to the
    /// director first, and 65,000 of those take an emulated processor an hour.
    int hits(byte[] frame) throws InterruptedException {
        var hits = new AtomicInteger();
        var thread = thread(() -> {
            while (runHere(frame, 0).verdict() == KernelVerdict.HIT) {
                hits.incrementAndGet();
            }
        });
        thread.join();
        return hits.get();
    }

    /// Starts a thread on the director.
    Thread thread(Runnable body) {
        return director.thread("processor", body);
    }

    private static KernelVerdict tcVerdict(int returned, int mark) {
        return switch (returned) {
            case TC_REDIRECT -> KernelVerdict.HIT;
            case TC_DROP -> KernelVerdict.DROP;
            case TC_NEXT -> switch (mark) {
                case FastPath.MARK -> KernelVerdict.PUNT;
                case FastPath.MARK_COPY -> KernelVerdict.COPY;
                default -> KernelVerdict.NEXT;
            };
            default -> throw new AssertionError("returned " + returned);
        };
    }

    Result runXdp(byte[] frame) {
        var result = programs.xdp.testRun(MemorySegment.ofArray(frame), MemorySegment.NULL, 1);
        return result(
                result,
                switch (result.returned()) {
                    case XDP_REDIRECT -> KernelVerdict.HIT;
                    case XDP_PASS -> KernelVerdict.NEXT;
                    default -> throw new AssertionError("returned " + result.returned());
                });
    }

    private static Result result(TestResult result, KernelVerdict verdict) {
        return new Result(verdict, result.data().toArray(JAVA_BYTE), 0);
    }

    /// The FIN and RST that the programs have told of since the last call, as flow and TCP flags.
    List<List<Integer>> endings() {
        var told = new ArrayList<List<Integer>>();
        int _ = programs.maps.readEndings(
                (ring, at, length) -> told.add(List.of(
                        ring.get(JAVA_INT_UNALIGNED, at + Ending.FLOW), ring.get(JAVA_INT_UNALIGNED, at + Ending.FLAGS))),
                Integer.MAX_VALUE);
        return told;
    }

    long forwarded() {
        return programs.verdict(Verdict.FRAMES_FORWARDED);
    }

    /// Packets and bytes of all fixtures' realserver, in and out together.
    List<Long> counted() {
        long[] sums = programs.server(SERVER);
        return List.of(
                sums[SharedMaps.PACKETS_IN] + sums[SharedMaps.PACKETS_OUT],
                sums[SharedMaps.BYTES_IN] + sums[SharedMaps.BYTES_OUT]);
    }

    @Override
    public void close() {
        programs.close();
        lab.close();
    }
}
