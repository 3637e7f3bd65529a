package hadirector.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.conn.ConnectionTable;
import hadirector.conn.FlowRecord;
import hadirector.ebpf.RingBuffer;
import hadirector.fastpath.MadeFlow;
import hadirector.fastpath.ScheduleMaps;
import hadirector.forward.FlowRecords;
import hadirector.packet.EthernetView;
import hadirector.packet.IcmpQuote;
import hadirector.packet.TcpView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/// Flows that the kernel made and Java has taken over, until the kernel forgets them: not at once, as a packet may just be on its way by them.
/// If one ended there, it ends here. Owner thread.
final class MadeFlows {
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BATCH = 4_096;
    private static final int MAC_LENGTH = 6;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int ACK = TcpView.ACK;

    private final ScheduleMaps maps;
    private final ConnectionTable table;
    private final Progress progress;
    private final MemorySegment key;
    private final MemorySegment value;
    private final MemorySegment event;

    /// Keys, packed.
    private MemorySegment young;
    private MemorySegment old;
    private int youngCount;
    private int oldCount;
    private long restUntil;

    MadeFlows(ScheduleMaps maps, ConnectionTable table, Progress progress) {
        this.maps = maps;
        this.table = table;
        this.progress = progress;
        var arena = Arena.ofAuto();
        key = arena.allocate(MadeFlow.KEY_LENGTH, Long.BYTES);
        event = arena.allocate(MadeFlow.TOLD_LENGTH, Long.BYTES);
        value = arena.allocate(MadeFlow.VALUE_LENGTH, Long.BYTES);
        young = arena.allocate((long) BATCH * MadeFlow.KEY_LENGTH, Long.BYTES);
        old = arena.allocate((long) BATCH * MadeFlow.KEY_LENGTH, Long.BYTES);
    }

    /// Whether the kernel has made a flow of this packet; if so it is told as the kernel would.
    boolean find(Inbound in, RingBuffer.Reader reader) {
        var parsed = in.parsed;
        addresses(parsed.sourceHigh(), parsed.sourceLow(), parsed.destinationHigh(), parsed.destinationLow());
        ports(parsed.protocol(), parsed.sourcePort(), parsed.destinationPort());
        if (!maps.find(key, value)) {
            return findAnswer(parsed.sourceHigh(), parsed.sourceLow(), parsed.sourcePort(), reader);
        }
        MemorySegment.copy(in.frame, in.parsed.start() + EthernetView.SOURCE, event, MadeFlow.TOLD_MAC, MAC_LENGTH);
        event.set(JAVA_INT, MadeFlow.TOLD_IFINDEX, in.arm.ifindex());
        tell(reader);
        return true;
    }

    /// The same of a realserver's answer that an ICMP error speaks of. What comes from the client's side does not show the way to it.
    boolean findAnswer(IcmpQuote quote, RingBuffer.Reader reader) {
        addresses(
                /* sourceHigh= */ quote.destinationHigh(),
                /* sourceLow= */ quote.destinationLow(),
                /* destinationHigh= */ quote.sourceHigh(),
                /* destinationLow= */ quote.sourceLow());
        ports(quote.protocol(), /* source= */ quote.destinationPort(), /* destination= */ quote.sourcePort());
        return findAnswer(quote.destinationHigh(), quote.destinationLow(), quote.destinationPort(), reader);
    }

    /// @param high the source in `key`, with `low` and `port`
    private boolean findAnswer(long high, long low, int port, RingBuffer.Reader reader) {
        if (!maps.turn(key) || !maps.find(key, value)) {
            return false;
        }
        boolean itsRealServer = value.get(U64, FlowRecord.ADDRESS) == high
                && value.get(U64, FlowRecord.ADDRESS + Long.BYTES) == low
                && Short.toUnsignedInt(value.get(U16, FlowRecord.PORT)) == port;
        if (!itsRealServer) {
            return false;
        }
        MemorySegment.copy(value, MadeFlow.ANSWERS + FlowRecord.DESTINATION_MAC, event, MadeFlow.TOLD_MAC, MAC_LENGTH);
        event.set(JAVA_INT, MadeFlow.TOLD_IFINDEX, FlowRecords.ifindex(value, MadeFlow.ANSWERS));
        tell(reader);
        return true;
    }

    private void addresses(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        key.set(U64, MadeFlow.SOURCE, sourceHigh);
        key.set(U64, MadeFlow.SOURCE + Long.BYTES, sourceLow);
        key.set(U64, MadeFlow.DESTINATION, destinationHigh);
        key.set(U64, MadeFlow.DESTINATION + Long.BYTES, destinationLow);
    }

    private void ports(int protocol, int source, int destination) {
        key.set(U16, MadeFlow.SOURCE_PORT, (short) source);
        key.set(U16, MadeFlow.DESTINATION_PORT, (short) destination);
        key.set(JAVA_INT, MadeFlow.PROTOCOL, protocol);
    }

    private void tell(RingBuffer.Reader reader) {
        MemorySegment.copy(key, 0, event, 0, MadeFlow.KEY_LENGTH);
        event.set(JAVA_INT, MadeFlow.TOLD_SERVICE, value.get(JAVA_INT, MadeFlow.SERVICE));
        event.set(JAVA_INT, MadeFlow.TOLD_SERVER, value.get(JAVA_INT, MadeFlow.SERVER));
        reader.record(event, 0, MadeFlow.TOLD_LENGTH);
    }

    /// @param told key, at `at`
    void add(MemorySegment told, long at, long now) {
        if (youngCount == BATCH) {
            restUntil = now;
            forgetOld(now);
        }
        MemorySegment.copy(told, at, young, (long) youngCount++ * MadeFlow.KEY_LENGTH, MadeFlow.KEY_LENGTH);
    }

    /// Forgets those that have rested.
    void forgetOld(long now) {
        if (now - restUntil < 0 || youngCount + oldCount == 0) {
            return;
        }
        for (int i = 0; i < oldCount; i++) {
            follow((long) i * MadeFlow.KEY_LENGTH, now);
        }
        maps.forget(old, oldCount);
        var empty = old;
        old = young;
        young = empty;
        oldCount = youngCount;
        youngCount = 0;
        restUntil = now + REST_NANOS;
    }

    private void follow(long at, long now) {
        if (!maps.find(old.asSlice(at, MadeFlow.KEY_LENGTH), value)) {
            return;
        }
        for (int direction = 0; direction < 2; direction++) {
            int state = value.get(JAVA_INT, MadeFlow.STATE + direction * Integer.BYTES);
            int flags = ((state & MadeFlow.FINISHED) != 0 ? TcpView.FIN | ACK : 0)
                    | ((state & MadeFlow.RESET) != 0 ? TcpView.RST : 0);
            int flow = flags == 0 ? ConnectionTable.NONE : find(old, at);
            if (flow != ConnectionTable.NONE) {
                progress.segment(ConnectionTable.slot(flow), direction, flags, now);
            }
        }
    }

    private int find(MemorySegment key, long at) {
        return table.find(
                protocol(key, at),
                high(key, at + MadeFlow.SOURCE),
                low(key, at + MadeFlow.SOURCE),
                port(key, at + MadeFlow.SOURCE_PORT),
                high(key, at + MadeFlow.DESTINATION),
                low(key, at + MadeFlow.DESTINATION),
                port(key, at + MadeFlow.DESTINATION_PORT));
    }

    static long high(MemorySegment key, long at) {
        return key.get(U64, at);
    }

    static long low(MemorySegment key, long at) {
        return key.get(U64, at + Long.BYTES);
    }

    static int port(MemorySegment key, long at) {
        return Short.toUnsignedInt(key.get(U16, at));
    }

    private static int protocol(MemorySegment key, long at) {
        return key.get(JAVA_INT, at + MadeFlow.PROTOCOL);
    }
}
