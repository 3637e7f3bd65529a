package hadirector.director;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to a director, one line each: `lb2 event=active group=web epoch=3 epoch-ms=1795370608354`. Values with
/// blanks are quoted, so a line can be taken apart again.
final class EventLog {
    private static final Logger LOG = LoggerFactory.getLogger("director");

    private final String director;

    EventLog(String director) {
        this.director = director;
    }

    /// @param pairs key, value, key, value, ...
    void event(String name, Object... pairs) {
        if (LOG.isInfoEnabled()) {
            LOG.info("{}", line(name, System.currentTimeMillis(), pairs));
        }
    }

    /// Like [#event], for what somebody should look at.
    void warn(String name, Object... pairs) {
        if (LOG.isWarnEnabled()) {
            LOG.warn("{}", line(name, System.currentTimeMillis(), pairs));
        }
    }

    String line(String name, long epochMillis, Object... pairs) {
        var line = new StringBuilder(director).append(" event=").append(name);
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            line.append(' ').append(pairs[i]).append('=').append(quoted(String.valueOf(pairs[i + 1])));
        }
        return line.append(" epoch-ms=").append(epochMillis).toString();
    }

    private static String quoted(String value) {
        boolean plain = !value.isEmpty() && value.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '=');
        return plain ? value : '"' + value.replace("\"", "'").replace('\n', ' ') + '"';
    }
}
