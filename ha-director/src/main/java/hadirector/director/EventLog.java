package hadirector.director;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to a director, one line each: `lb2 event=active group=web epoch=3 epoch-ms=1795370608354`. Values with
/// blanks are quoted, so a line can be taken apart again. Any thread.
final class EventLog {
    /// One event as it happened.
    ///
    /// @param nanos of System.nanoTime
    /// @param pairs in the order of the line
    record Entry(long nanos, long epochMillis, String name, Map<String, String> pairs) {}

    private static final Logger LOG = LoggerFactory.getLogger("director");

    private final String director;
    private final Consumer<Entry> listener;

    /// @param listener hears each event, on the thread that has it
    EventLog(String director, Consumer<Entry> listener) {
        this.director = director;
        this.listener = listener;
    }

    /// @param pairs key, value, key, value, ...
    void event(String name, Object... pairs) {
        var entry = entry(name, pairs);
        if (LOG.isInfoEnabled()) {
            LOG.info("{}", line(entry));
        }
        listener.accept(entry);
    }

    /// Like [#event], for what somebody should look at.
    void warn(String name, Object... pairs) {
        var entry = entry(name, pairs);
        if (LOG.isWarnEnabled()) {
            LOG.warn("{}", line(entry));
        }
        listener.accept(entry);
    }

    private static Entry entry(String name, Object... pairs) {
        var map = new LinkedHashMap<String, String>();
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), String.valueOf(pairs[i + 1]));
        }
        return new Entry(System.nanoTime(), System.currentTimeMillis(), name, map);
    }

    String line(Entry entry) {
        var line = new StringBuilder(director).append(" event=").append(entry.name);
        entry.pairs.forEach((key, value) -> line.append(' ').append(key).append('=').append(quoted(value)));
        return line.append(" epoch-ms=").append(entry.epochMillis).toString();
    }

    private static String quoted(String value) {
        boolean plain = !value.isEmpty() && value.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '=');
        return plain ? value : '"' + value.replace("\"", "'").replace('\n', ' ') + '"';
    }
}
