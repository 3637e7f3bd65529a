package hadirector.forward;

import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;

/// Leads the fragments of a datagram the way of its first one, which alone has ports, or says what ICMP it is. Nothing is put together: once the first
/// is decided the others follow it as they come; those that came before it wait here.
///
/// ```
///   take -> DECIDE (the first):  decided(flow), then nextHeld() until NONE;   or refused()
///        -> FOLLOW:              flow() says where
///        -> HELD:                a copy waits for the first
///        -> DROPPED:             told to Drops
/// ```
///
/// A datagram is known by both addresses and identification, IPv4's also by its protocol; it is forgotten when all of it has passed, or
/// after 30 s (as in Linux; RFC 8200 4.5 says 60, RFC 1122 3.3.2 60 to 120, but whoever sends has given up long before). Memory is fixed: the oldest
/// datagram makes room for a new one, and a source that has more than its share loses its own oldest. Overlapping fragments spoil
/// their datagram, IPv4's as well (RFC 5722; [Coverage]).
///
/// For one thread. `now` is in nanoseconds.
public final class FragmentCache {
    public enum Verdict {
        DECIDE,
        FOLLOW,
        HELD,
        DROPPED
    }

    /// Why a fragment goes no further.
    public enum Cause {
        /// It waited in vain for the first.
        TIMEOUT,
        /// It was seen before.
        DUPLICATE,
        /// It, or another of its datagram, overlaps.
        OVERLAP,
        /// No room to wait in, for all or for that source; too many gaps; or too long to be held.
        LIMIT,
        /// No data, data that is no multiple of 8 bytes, beyond the longest datagram, or a first one too short for its ports (RFC 1858).
        INVALID,
        /// The first was not forwarded.
        REFUSED
    }

    /// Hears what becomes of fragments that go no further, held ones too.
    public interface Drops {
        void dropped(Cause cause, int fragments);
    }

    /// @param datagrams that are known at a time
    /// @param held fragments that wait at a time, 9 KiB each
    public record Limits(int datagrams, int held) {
        public static final Limits DEFAULT = new Limits(8192, 512);

        int datagramsOfSource() {
            return Math.max(1, datagrams / 8);
        }

        int heldOfSource() {
            return Math.max(1, held / 4);
        }
    }

    public static final long TIMEOUT_NANOS = 30_000_000_000L;
    public static final int NONE = Chains.NONE;

    /// Longest frame that can wait: one of MTU 9000 has room.
    public static final int HELD_LENGTH_MAX = 9 << 10;

    /// Sources share a share with those of the same hash.
    private static final int SOURCES = 1024;

    private static final int LENGTH_MAX = 0xffff;
    private static final int UNIT_MASK = 7;

    private enum State {
        WAITING,
        DECIDED,
        REFUSED
    }

    private final Limits limits;
    private final Drops drops;
    private final FragmentKeys keys;
    private final Coverage coverage;
    private final HeldFragments held;
    private final Chains free;
    private final Chains byAge;
    private final Chains bySource;
    private final State[] states;
    private final long[] flows;
    private final long[] deadlines;
    private final short[] sources;
    private final int[] datagramsOf = new int[SOURCES];
    private final int[] heldOf = new int[SOURCES];
    private int current = NONE;
    private int drained = NONE;
    private long flow;

    public FragmentCache(Limits limits, long seed, Drops drops) {
        this.limits = limits;
        this.drops = drops;
        int count = limits.datagrams();
        keys = new FragmentKeys(count, seed);
        coverage = new Coverage(count);
        held = new HeldFragments(count, limits.held());
        free = Chains.full(count);
        byAge = new Chains(1, count);
        bySource = new Chains(SOURCES, count);
        states = new State[count];
        flows = new long[count];
        deadlines = new long[count];
        sources = new short[count];
    }

    /// Takes a frame of kind FRAGMENT.
    public Verdict take(MemorySegment frame, ParsedFrame parsed, long now) {
        expire(now);
        current = keys.find(parsed);
        if (!isPossible(parsed)) {
            return current == NONE ? drop(Cause.INVALID) : spoil(Cause.INVALID);
        }
        if (current == NONE) {
            current = admit(parsed, now);
        }
        return switch (coverage.add(current, parsed.fragmentOffset(), parsed.l4Length(), !parsed.moreFragments())) {
            case NEW -> accept(frame, parsed);
            case DUPLICATE -> drop(Cause.DUPLICATE);
            case CONFLICT -> spoil(Cause.OVERLAP);
            case SCATTERED -> spoil(Cause.LIMIT);
        };
    }

    /// Where the fragment of the last `FOLLOW` goes: what [#decided] was given.
    public long flow() {
        return flow;
    }

    /// The first fragment that [#take] returned `DECIDE` for is forwarded; [#nextHeld] tells which others now can be.
    public void decided(long itsFlow) {
        states[current] = State.DECIDED;
        flows[current] = itsFlow;
        drained = NONE;
    }

    /// The first fragment is not forwarded, nor are the others.
    public void refused() {
        states[current] = State.REFUSED;
        int released = release(current);
        if (released > 0) {
            drops.dropped(Cause.REFUSED, released);
        }
        forgetIfComplete();
    }

    /// The next of the fragments that waited for the one just [#decided], or `NONE`; its copy is good until the next call.
    public int nextHeld() {
        if (drained != NONE) {
            releaseOne(current);
        }
        drained = held.first(current);
        if (drained == NONE) {
            forgetIfComplete();
        }
        return drained;
    }

    public MemorySegment heldMemory() {
        return held.memory();
    }

    public long heldAt(int room) {
        return held.at(room);
    }

    public int heldLength(int room) {
        return held.length(room);
    }

    /// Forgets what is too old; also done by [#take].
    public void expire(long now) {
        for (int oldest = byAge.first(0); oldest != NONE && now - deadlines[oldest] >= 0; oldest = byAge.first(0)) {
            end(oldest, Cause.TIMEOUT);
        }
    }

    /// Datagrams that are known now.
    public int size() {
        int size = 0;
        for (int count : datagramsOf) {
            size += count;
        }
        return size;
    }

    private static boolean isPossible(ParsedFrame parsed) {
        int length = parsed.l4Length();
        int room = parsed.isV6() ? LENGTH_MAX : LENGTH_MAX - Ipv4View.LENGTH_MIN;
        boolean fits = length > 0 && parsed.fragmentOffset() + length <= room;
        return fits && (!parsed.moreFragments() || (length & UNIT_MASK) == 0);
    }

    private int admit(ParsedFrame parsed, long now) {
        int source = keys.source(parsed) & (SOURCES - 1);
        if (datagramsOf[source] == limits.datagramsOfSource()) {
            end(bySource.first(source), Cause.LIMIT);
        }
        if (free.first(0) == NONE) {
            end(byAge.first(0), Cause.LIMIT);
        }
        int datagram = free.poll(0);
        keys.put(datagram, parsed);
        byAge.append(0, datagram);
        bySource.append(source, datagram);
        sources[datagram] = (short) source;
        datagramsOf[source]++;
        states[datagram] = State.WAITING;
        deadlines[datagram] = now + TIMEOUT_NANOS;
        return datagram;
    }

    private Verdict accept(MemorySegment frame, ParsedFrame parsed) {
        return switch (states[current]) {
            case WAITING -> parsed.fragmentOffset() == 0 ? begin(parsed) : hold(frame, parsed);
            case DECIDED -> follow();
            case REFUSED -> {
                forgetIfComplete();
                yield drop(Cause.REFUSED);
            }
        };
    }

    private Verdict begin(ParsedFrame parsed) {
        if (parsed.hasPorts() || parsed.protocol() == (parsed.isV6() ? Ipv6View.ICMP : Ipv4View.ICMP)) {
            return Verdict.DECIDE;
        }
        boolean cut = parsed.protocol() == Ipv4View.TCP || parsed.protocol() == Ipv4View.UDP;
        return spoil(cut ? Cause.INVALID : Cause.REFUSED);
    }

    private Verdict follow() {
        flow = flows[current];
        forgetIfComplete();
        return Verdict.FOLLOW;
    }

    private Verdict hold(MemorySegment frame, ParsedFrame parsed) {
        int source = sources[current];
        boolean tooMuch = parsed.frameLength() > HELD_LENGTH_MAX || heldOf[source] == limits.heldOfSource();
        if (tooMuch || (held.isFull() && held.oldest() == current)) {
            return spoil(Cause.LIMIT);
        }
        if (held.isFull()) {
            end(held.oldest(), Cause.LIMIT);
        }
        held.add(current, frame, parsed);
        heldOf[source]++;
        return Verdict.HELD;
    }

    private Verdict drop(Cause cause) {
        drops.dropped(cause, 1);
        return Verdict.DROPPED;
    }

    /// Drops the fragment that was taken, and all others of its datagram, held or still to come.
    private Verdict spoil(Cause cause) {
        states[current] = State.REFUSED;
        drops.dropped(cause, 1 + release(current));
        return Verdict.DROPPED;
    }

    private void forgetIfComplete() {
        if (coverage.isComplete(current)) {
            forget(current);
        }
    }

    private void end(int datagram, Cause cause) {
        int released = release(datagram);
        if (released > 0) {
            drops.dropped(cause, released);
        }
        forget(datagram);
    }

    private void forget(int datagram) {
        int source = sources[datagram];
        keys.remove(datagram);
        coverage.clear(datagram);
        byAge.remove(0, datagram);
        bySource.remove(source, datagram);
        datagramsOf[source]--;
        free.append(0, datagram);
    }

    private int release(int datagram) {
        int released = 0;
        while (releaseOne(datagram)) {
            released++;
        }
        return released;
    }

    private boolean releaseOne(int datagram) {
        boolean released = held.release(datagram);
        heldOf[sources[datagram]] -= released ? 1 : 0;
        return released;
    }
}
