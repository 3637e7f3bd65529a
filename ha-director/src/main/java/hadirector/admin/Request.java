package hadirector.admin;

import java.time.Duration;
import java.util.Optional;

/// What a client of the control socket asks; names are as the operator wrote them, not yet looked up.
public sealed interface Request {
    /// The word of the JSON key `command`.
    default String command() {
        return switch (this) {
            case Status _ -> "status";
            case Version _ -> "version";
            case Connections _ -> "connections";
            case Failover _ -> "failover";
            case Failovers _ -> "failovers";
            case Drain _ -> "drain";
            case Enable _ -> "enable";
            case Reload _ -> "reload";
            case Where _ -> "where";
        };
    }

    record Status() implements Request {}

    record Version() implements Request {}

    /// @param limit most connections to tell, 1 to [#LIMIT_MAX]
    record Connections(
            Optional<String> service,
            Optional<String> realServer,
            Optional<String> client,
            int limit)
            implements Request {
        public static final int LIMIT_MAX = 100_000;
    }

    /// @param force even if `to` lacks connections
    record Failover(String group, Optional<String> to, boolean force) implements Request {}

    /// @param group of which; empty: of all
    record Failovers(Optional<String> group) implements Request {}

    /// @param await how long to wait until no connection is left, with progress; empty: not at all
    record Drain(String service, String realServer, Optional<Duration> await) implements Request {}

    record Enable(String service, String realServer) implements Request {}

    /// @param client address:port
    /// @param virtual address:port
    /// @param protocol `tcp` or `udp`
    record Where(String client, String virtual, String protocol) implements Request {}

    /// @param dryRun only tell what would change
    record Reload(boolean dryRun) implements Request {}
}
