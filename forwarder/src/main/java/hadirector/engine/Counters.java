package hadirector.engine;

import java.util.EnumMap;
import java.util.Map;

/// The engine's counts; written by its owner thread only.
@SuppressWarnings("EnumOrdinal") // An index into an array of this process, for speed; it is kept nowhere.
final class Counters {
    private static final Counter[] ALL = Counter.values();

    private final long[] values = new long[ALL.length];

    void add(Counter counter) {
        values[counter.ordinal()]++;
    }

    void add(Counter counter, long count) {
        values[counter.ordinal()] += count;
    }

    Map<Counter, Long> toMap() {
        var map = new EnumMap<Counter, Long>(Counter.class);
        for (var counter : ALL) {
            map.put(counter, values[counter.ordinal()]);
        }
        return map;
    }
}
