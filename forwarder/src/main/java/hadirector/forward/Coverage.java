package hadirector.forward;

import java.util.Arrays;

/// Which bytes of each of many datagrams have been seen, in units of 8 bytes: a few runs that neither touch nor overlap. The same judgement
/// as Linux's inet_frag_queue_insert (net/ipv4/inet_fragment.c), which follows RFC 5722 with erratum 3089 for IPv6 and treats IPv4
/// alike: a fragment inside a run is a duplicate, one that overlaps a run otherwise spoils the datagram.
final class Coverage {
    enum Verdict {
        NEW,
        DUPLICATE,
        /// Overlaps another, or ends elsewhere than another fragment says that the datagram ends.
        CONFLICT,
        /// More gaps than are remembered.
        SCATTERED
    }

    /// Runs that are remembered of a datagram; in order, forwards or backwards, one is enough.
    static final int RUNS = 8;

    private static final int UNIT_BITS = 3;
    private static final char UNKNOWN = Character.MAX_VALUE;

    private final char[] starts;
    private final char[] ends;
    private final byte[] runs;
    private final char[] totals;

    Coverage(int datagrams) {
        starts = new char[datagrams * RUNS];
        ends = new char[datagrams * RUNS];
        runs = new byte[datagrams];
        totals = new char[datagrams];
        Arrays.fill(totals, UNKNOWN);
    }

    void clear(int datagram) {
        runs[datagram] = 0;
        totals[datagram] = UNKNOWN;
    }

    /// Whether everything from the first to the last fragment has been seen.
    boolean isComplete(int datagram) {
        int run = datagram * RUNS;
        return runs[datagram] == 1 && starts[run] == 0 && ends[run] == totals[datagram];
    }

    /// @param offset in bytes, a multiple of 8
    /// @param length in bytes, more than 0; a multiple of 8 unless it is the last
    Verdict add(int datagram, int offset, int length, boolean last) {
        int start = offset >>> UNIT_BITS;
        int end = (offset + length + 7) >>> UNIT_BITS;
        if (disagrees(datagram, end, last)) {
            return Verdict.CONFLICT;
        }
        int base = datagram * RUNS;
        int at = base;
        while (at < base + runs[datagram] && ends[at] < start) {
            at++;
        }
        Verdict verdict = insert(datagram, at, start, end);
        if (verdict == Verdict.NEW && last) {
            totals[datagram] = (char) end;
        }
        return verdict;
    }

    /// The end of the datagram is said by its last fragment alone.
    private boolean disagrees(int datagram, int end, boolean last) {
        int total = totals[datagram];
        if (total != UNKNOWN) {
            return last ? end != total : end > total;
        }
        int count = runs[datagram];
        return last && count > 0 && ends[datagram * RUNS + count - 1] > end;
    }

    /// @param at the first run that ends at `start` or behind it
    private Verdict insert(int datagram, int at, int start, int end) {
        int limit = datagram * RUNS + runs[datagram];
        if (at == limit || end < starts[at]) {
            return open(datagram, at, start, end);
        }
        if (start >= starts[at] && end <= ends[at]) {
            return Verdict.DUPLICATE;
        }
        boolean joinsBefore = ends[at] == start;
        int after = joinsBefore ? at + 1 : at;
        if (after < limit && starts[after] < end) {
            return Verdict.CONFLICT;
        }
        boolean joinsAfter = after < limit && starts[after] == end;
        if (joinsBefore && joinsAfter) {
            ends[at] = ends[after];
            close(datagram, after);
        } else if (joinsBefore) {
            ends[at] = (char) end;
        } else {
            starts[at] = (char) start;
        }
        return Verdict.NEW;
    }

    private Verdict open(int datagram, int at, int start, int end) {
        if (runs[datagram] == RUNS) {
            return Verdict.SCATTERED;
        }
        int limit = datagram * RUNS + runs[datagram]++;
        System.arraycopy(starts, at, starts, at + 1, limit - at);
        System.arraycopy(ends, at, ends, at + 1, limit - at);
        starts[at] = (char) start;
        ends[at] = (char) end;
        return Verdict.NEW;
    }

    private void close(int datagram, int at) {
        int limit = datagram * RUNS + --runs[datagram];
        System.arraycopy(starts, at + 1, starts, at, limit - at);
        System.arraycopy(ends, at + 1, ends, at, limit - at);
    }
}
