package hadirector.group;

import java.io.IOException;
import org.jgroups.logging.Slf4jLogImpl;

/// JGroups' log of its connections, without what it tells of connections that have ended already: two directors that call each other
/// at once both close one of the two.
final class ConnectionLog extends Slf4jLogImpl {
    /// The other end did not wait for the goodbye. JGroups would log an error.
    private static final String GOODBYE = "%s: failed sending graceful close to %s: %s";

    /// With [#HERE], this end has closed what another of its threads reads. JGroups would warn.
    private static final String READING = "%s: failed handling message: %s";

    private static final String HERE = "Stream closed"; // Of java.io.BufferedInputStream.

    ConnectionLog() {
        super(ClusterTcp.class);
    }

    @Override
    public void error(String format, Object... values) {
        if (format.equals(GOODBYE)) {
            debug(format, values);
        } else {
            super.error(format, values);
        }
    }

    @Override
    public void error(String text, Throwable failure) {
        if (failure instanceof IOException && HERE.equals(failure.getMessage())) {
            debug(text, failure);
        } else {
            super.error(text, failure);
        }
    }

    @Override
    public void warn(String format, Object... values) {
        if (format.equals(READING) && HERE.equals(values[1])) {
            debug(format, values);
        } else {
            super.warn(format, values);
        }
    }
}
