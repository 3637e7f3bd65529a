package hadirector.door;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what was refused, and logs each kind at most every 10 s.
public final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
    private static final long SILENCE_NANOS = 10_000_000_000L;

    private final String self;
    private final Map<Refused, Kind> kinds = new EnumMap<>(Refused.class);
    private final Kind unfinished = new Kind();

    public Refusals(String self) {
        this.self = self;
        for (var kind : Refused.values()) {
            kinds.put(kind, new Kind());
        }
    }

    /// @param whence the other end, as far as known
    public void count(Refused kind, String whence, String why) {
        long times = of(kind).count(System.nanoTime());
        if (times > 0) {
            LOG.warn("{} event=refused kind={} from={} why=\"{}\" times={}", self, kind, whence, why, times);
        }
    }

    /// A connection that ended before both ends knew each other, without anything being wrong with the other one.
    ///
    /// @param whence the other end
    void unfinished(String whence, String why) {
        long times = unfinished.count(System.nanoTime());
        if (times > 0) {
            LOG.info("{} event=unfinished from={} why=\"{}\" times={}", self, whence, why, times);
        }
    }

    /// How many such connections.
    public long unfinished() {
        return unfinished.get();
    }

    /// By kind, those that happened.
    public Map<Refused, Long> counts() {
        var found = new EnumMap<Refused, Long>(Refused.class);
        for (var kind : Refused.values()) {
            long count = of(kind).get();
            if (count > 0) {
                found.put(kind, count);
            }
        }
        return found;
    }

    private Kind of(Refused kind) {
        return requireNonNull(kinds.get(kind)); // All are there.
    }

    private static final class Kind {
        private long count;
        private long told;
        private long toldNanos;

        /// How many are to be told of now; 0 if it was told lately.
        synchronized long count(long now) {
            count++;
            if (told > 0 && now - toldNanos < SILENCE_NANOS) {
                return 0;
            }
            long times = count - told;
            told = count;
            toldNanos = now;
            return times;
        }

        synchronized long get() {
            return count;
        }
    }
}
