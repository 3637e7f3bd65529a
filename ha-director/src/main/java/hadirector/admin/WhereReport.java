package hadirector.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import hadirector.engine.Whereabouts;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the packets of a client go, or would go: what `director where` prints and `--json` hands out. What is null does not
/// exist or is not known; [Whereabouts] says more of each.
///
/// @param director that was asked
/// @param role of that director in the group
/// @param holder who answers for the group
/// @param entry the connection in that director's table; its timeouts are what is left of them
/// @param toServer next hop
/// @param toClient next hop of replies
public record WhereReport(
        String director,
        String protocol,
        String client,
        String virtual,
        @Nullable String service,
        @Nullable String group,
        StatusReport.@Nullable Role role,
        @Nullable String holder,
        Reply.@Nullable Connection entry,
        @Nullable String realServer,
        @Nullable String method,
        @Nullable NextHop toServer,
        @Nullable NextHop toClient,
        Hook hook,
        String why) {
    /// Who forwards the next packet.
    public enum Hook {
        @JsonProperty("xdp")
        XDP,
        @JsonProperty("tc")
        TC,
        @JsonProperty("java")
        JAVA,
        @JsonProperty("none")
        NONE
    }

    /// @param interfaceName empty: this host's own stack
    public record NextHop(String interfaceName, @Nullable String mac, @Nullable String neighbour) {
        private static @Nullable NextHop of(Optional<Whereabouts.NextHop> hop) {
            return hop.map(known -> new NextHop(
                            known.interfaceName(),
                            known.mac().orElse(null),
                            known.neighbour().map(Object::toString).orElse(null)))
                    .orElse(null);
        }
    }

    static WhereReport of(
            StatusReport status, Protocol protocol, Endpoint client, Endpoint virtual, Whereabouts where) {
        var group = status.groups().stream().filter(each -> where.group().filter(each.name()::equals).isPresent()).findFirst();
        return new WhereReport(
                status.director(),
                protocol.word(),
                client.toString(),
                virtual.toString(),
                where.service().orElse(null),
                where.group().orElse(null),
                group.map(StatusReport.Group::role).orElse(null),
                group.map(StatusReport.Group::holder).orElse(null),
                where.entry().map(Reply.Connection::of).orElse(null),
                where.realServer().map(Object::toString).orElse(null),
                where.method().orElse(null),
                NextHop.of(where.toServer()),
                NextHop.of(where.toClient()),
                Hook.valueOf(where.hook().name()),
                where.why());
    }
}
