package hadirector.admin;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import hadirector.conn.ConnectionEntry;
import java.util.List;

/// What the control socket answers: any number of [Progress] lines, then one other, each a JSON object with `type`
/// and `version`.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Reply.Status.class, name = "status"),
    @JsonSubTypes.Type(value = Reply.Version.class, name = "version"),
    @JsonSubTypes.Type(value = Reply.Connections.class, name = "connections"),
    @JsonSubTypes.Type(value = Reply.Where.class, name = "where"),
    @JsonSubTypes.Type(value = Reply.Failovers.class, name = "failovers"),
    @JsonSubTypes.Type(value = Reply.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = Reply.Result.class, name = "result"),
    @JsonSubTypes.Type(value = Reply.Rejected.class, name = "rejected")
})
public sealed interface Reply {
    record Status(StatusReport status) implements Reply {}

    record Version(String director, Build build) implements Reply {}

    /// @param total connections in the table, matching or not
    record Connections(long total, List<Connection> connections) implements Reply {
        public Connections {
            connections = List.copyOf(connections);
        }
    }

    /// One connection; addresses with their ports, `expires` in seconds.
    record Connection(
            String protocol,
            String state,
            int expires,
            String client,
            String virtual,
            String real,
            String method) {
        static Connection of(ConnectionEntry entry) {
            return new Connection(
                    entry.protocol().name(),
                    entry.state().name(),
                    entry.expiresSeconds(),
                    entry.client().toString(),
                    entry.virtual().toString(),
                    entry.real().toString(),
                    entry.method().word());
        }
    }

    record Where(WhereReport where) implements Reply {}

    /// @param failovers the newest first
    record Failovers(List<TakeoverReport> failovers) implements Reply {
        public Failovers {
            failovers = List.copyOf(failovers);
        }
    }

    /// @param connections that are still on the realserver
    record Progress(long connections, long millis) implements Reply {}

    record Result(Answer answer) implements Reply {}

    /// The request was not understood, or there was no place for its client.
    record Rejected(String why) implements Reply {}

    default String toLine() {
        return Json.line(Json.tree(this).put("version", RequestCodec.VERSION));
    }

    /// @throws JsonProcessingException if `line` is no reply of a version that this side knows
    static Reply ofLine(String line) throws JsonProcessingException {
        return Json.parse(line, Reply.class);
    }
}
