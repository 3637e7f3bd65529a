package hadirector.sched;

import hadirector.model.SchedulerKind;

/// Picks the realserver of a new connection. One owner thread; a call allocates nothing. A scheduler is made for the
/// servers and configured weights of one pool; effective weights and connection numbers may change at any time.
public interface Scheduler {
    /// No server has weight.
    int NONE = -1;

    int CHOICES_MAX = 65_537;

    char NO_CHOICE = 0xffff;

    /// The slot of a server with an effective weight above 0, or [#NONE].
    ///
    /// @param pool the one that this scheduler was made for
    /// @param flowHash of the client, see [SourceHash]; only `sh` and `mh` look at it
    int select(ServerPool pool, int flowHash);

    /// What [#select] would give now; changes nothing, and may allocate.
    int preview(ServerPool pool, int flowHash);

    /// Slots by the client's hash `h`, that of `h` at `h * length >>> 32`, while every server is up; empty if that is not
    /// all that decides, or takes more than [#CHOICES_MAX]. A slot of [#NO_CHOICE] is none.
    default char[] choices(ServerPool pool) {
        return new char[0];
    }

    /// Makes a scheduler; for `mh` this takes milliseconds, so do it off the packet path.
    ///
    /// @param seed where `rr`, `wrr` and the ties of `lc` and `wlc` begin; random, so that not every director that
    ///     starts sends its first connection to the first server
    static Scheduler of(SchedulerKind kind, ServerPool pool, long seed) {
        int start = pool.size() == 0 ? 0 : (int) Long.remainderUnsigned(Mix.of(seed), pool.size());
        return switch (kind) {
            case RR -> new RoundRobin(start);
            case WRR -> new WeightedRoundRobin(pool.size(), start);
            case LC -> new LeastConnection(start);
            case WLC -> new WeightedLeastConnection(start);
            case SH -> new SourceHashing(pool);
            case MH -> new MaglevHashing(pool);
        };
    }
}
