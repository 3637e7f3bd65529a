package hadirector.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import hadirector.engine.EngineStats;
import hadirector.group.GroupStats;
import hadirector.sync.SyncStats;
import hadirector.sync.ipvs.IpvsStats;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One director's state at one moment: what `director status` prints, `--json` hands out and `/metrics` serves. Lists
/// are in the config's order; the names of the components are the names in JSON.
///
/// @param director this director's name
/// @param started when the process took up its work
/// @param ipvs what it hears from and tells directors that are kernels with IPVS, null if it does neither
/// @param peers the other members of the config, whether in view or not
public record StatusReport(
        String director,
        Build build,
        Instant started,
        Engine engine,
        Cluster cluster,
        List<Group> groups,
        List<Peer> peers,
        List<Service> services,
        @Nullable Ipvs ipvs) {
    public StatusReport {
        groups = List.copyOf(groups);
        peers = List.copyOf(peers);
        services = List.copyOf(services);
    }

    /// Why this director is not healthy: its engine does not run, or a group has no known holder. Empty if it is.
    public Optional<String> unhealthy() {
        if (engine.failure() != null) {
            return Optional.of("the engine does not run: " + engine.failure());
        }
        var orphans = groups.stream().filter(g -> g.holder() == null).map(Group::name).toList();
        return orphans.isEmpty()
                ? Optional.empty()
                : Optional.of("no known holder of " + String.join(", ", orphans));
    }

    /// @param kind `packet` or `proxy`
    /// @param mode how it runs, and why so
    /// @param failure why it does not run, null while it runs
    /// @param interfaces that it works on
    /// @param counters by the names of [hadirector.engine.Counter]
    public record Engine(
            String kind,
            String mode,
            @Nullable String failure,
            long connections,
            long connectionsMax,
            List<Interface> interfaces,
            Map<String, Long> counters) {
        public Engine {
            interfaces = List.copyOf(interfaces);
            counters = sorted(counters);
        }

        public static Engine of(String kind, String mode, @Nullable String failure, EngineStats stats) {
            var counters = new HashMap<String, Long>();
            stats.counters().forEach((counter, value) -> counters.put(counter.name(), value));
            return new Engine(
                    kind,
                    mode,
                    failure,
                    stats.connections(),
                    stats.connectionsMax(),
                    stats.interfaces().stream().map(Interface::of).toList(),
                    counters);
        }
    }

    /// @param hook where the engine takes frames: `tcx`, `clsact`, `xdp + tcx`
    /// @param why this hook; empty if there is nothing to say
    /// @param others programs of others on the interface, by hook and name
    public record Interface(String name, String hook, String why, List<String> others) {
        public Interface {
            others = List.copyOf(others);
        }

        private static Interface of(EngineStats.Interface of) {
            return new Interface(of.name(), of.hook(), of.why(), of.others());
        }
    }

    /// @param members of the current view
    /// @param view its number
    /// @param warnings of the group service, empty if all is well
    public record Cluster(String name, long view, List<String> members, Map<String, String> warnings, Wire wire) {
        public Cluster {
            members = List.copyOf(members);
            warnings = sorted(warnings);
        }
    }

    /// What the directors say to each other.
    ///
    /// @param encrypted whether it is
    /// @param keysUntil until when each director's keys are valid, as far as known
    /// @param refused what came to the cluster's port and was refused, by the names of [hadirector.door.Refused]
    /// @param unfinished connections that ended before both ends knew each other
    /// @param links by this director's address on each, the directors that it reaches
    public record Wire(
            boolean encrypted,
            Map<String, Instant> keysUntil,
            Map<String, Long> refused,
            long unfinished,
            Map<String, List<String>> links) {
        public Wire {
            keysUntil = sorted(keysUntil);
            refused = sorted(refused);
            links = Collections.unmodifiableMap(new LinkedHashMap<>(links));
        }

        public static Wire of(GroupStats stats) {
            var refused = new HashMap<String, Long>();
            stats.refused().forEach((kind, count) -> refused.put(kind.name(), count));
            var links = new LinkedHashMap<String, List<String>>();
            stats.links().forEach(link -> links.put(link.address(), link.reaches().stream().sorted().toList()));
            return new Wire(stats.encrypted(), stats.keysUntil(), refused, stats.unfinished(), links);
        }
    }

    /// One VIP group.
    ///
    /// @param holder who answers for it, null if nobody is known to
    /// @param role this director's
    /// @param since when this director took that role
    /// @param epoch of the holding, 0 before the first
    /// @param fit whether this director could hold it
    /// @param unfit why not, null if fit
    /// @param synced whether this director's table is complete
    /// @param transitions changes of this director's role since its start
    /// @param alarm what to look at now: directors that have lost each other; null if nothing
    public record Group(
            String name,
            @Nullable String holder,
            Role role,
            Instant since,
            int epoch,
            boolean fit,
            @Nullable String unfit,
            boolean synced,
            long transitions,
            @Nullable String alarm,
            List<String> vips,
            List<String> gateways) {
        public Group {
            vips = List.copyOf(vips);
            gateways = List.copyOf(gateways);
        }
    }

    /// Who may answer for a group, as this director sees itself.
    public enum Role {
        @JsonProperty("backup")
        BACKUP,
        @JsonProperty("claiming")
        CLAIMING,
        @JsonProperty("active")
        ACTIVE
    }

    /// Another director. Counts are from this director's start.
    ///
    /// @param connected whether it is in the view
    /// @param lagSeconds age of the oldest change that it has not acknowledged; 0 if none
    /// @param gapConnections changed connections that it does not have yet
    /// @param snapshot when the last snapshot to or from it was completed
    /// @param entriesDropped given up because it was too slow; a snapshot follows
    /// @param messagesRefused messages from it, by the names of [hadirector.sync.Refusal]
    public record Peer(
            String name,
            boolean connected,
            double lagSeconds,
            long gapConnections,
            @Nullable Instant snapshot,
            long entriesSent,
            long entriesReceived,
            long entriesDropped,
            Map<String, Long> messagesRefused) {
        public Peer {
            messagesRefused = sorted(messagesRefused);
        }

        public static Peer of(SyncStats.Peer peer, @Nullable Instant snapshot) {
            return new Peer(
                    peer.name(),
                    peer.connected(),
                    peer.lagNanos() / 1e9,
                    peer.gapEntries(),
                    snapshot,
                    peer.entriesSent(),
                    peer.entriesReceived(),
                    peer.entriesDropped(),
                    byName(peer.refused()));
        }

        /// A member of the config that was in no view yet.
        public static Peer neverSeen(String name) {
            return new Peer(name, false, 0, 0, null, 0, 0, 0, Map.of());
        }
    }

    /// By IPVS's sync protocol. Counts are from this director's start.
    ///
    /// @param heard when a master was last heard, null if never
    /// @param connectionsInherited handed to the table, each as often as it was told
    /// @param refused messages and connections, by the names of [hadirector.sync.ipvs.IpvsRefusal]
    public record Ipvs(
            @Nullable Instant heard,
            long messagesReceived,
            long connectionsInherited,
            long messagesSent,
            long connectionsTold,
            Map<String, Long> refused) {
        public Ipvs {
            refused = sorted(refused);
        }

        public static Ipvs of(IpvsStats stats) {
            return new Ipvs(
                    stats.heard().orElse(null),
                    stats.messagesReceived(),
                    stats.connectionsInherited(),
                    stats.messagesSent(),
                    stats.connectionsTold(),
                    byName(stats.refused()));
        }
    }

    /// One virtual service; `protocol`, `vip` (address:port) and `scheduler` as in the config.
    ///
    /// @param halfOpen TCP connections whose handshake is not done
    /// @param overloaded whether these are as many as `syn-guard` allows
    public record Service(
            String name,
            String group,
            String protocol,
            String vip,
            String scheduler,
            long halfOpen,
            boolean overloaded,
            List<Server> servers) {
        public Service {
            servers = List.copyOf(servers);
        }
    }

    /// One realserver of one service.
    ///
    /// @param endpoint address:port
    /// @param method config word: `nat`, `dr`, `tun`, or `proxy`
    /// @param local whether its address is the director's own, so that the host's stack gets its packets
    /// @param weight in effect now: 0 if down or drained
    /// @param configuredWeight of the file
    /// @param drained by an operator, or because it was removed from the file
    /// @param reason of the last failed probe, null if there was none
    /// @param since when the verdict became what it is, null before the first
    /// @param active connections as ipvsadm's ActiveConn
    /// @param inactive connections as ipvsadm's InActConn
    /// @param ended those of them that only wait for their time to be over
    public record Server(
            String endpoint,
            String method,
            boolean local,
            int weight,
            int configuredWeight,
            boolean drained,
            Verdict verdict,
            @Nullable String reason,
            @Nullable Instant since,
            long active,
            long inactive,
            long ended,
            Traffic totals,
            Rates rates) {}

    /// What the probes say; `UNKNOWN` before the first verdict. Without a check a server is `UP`.
    public enum Verdict {
        @JsonProperty("unknown")
        UNKNOWN,
        @JsonProperty("up")
        UP,
        @JsonProperty("down")
        DOWN
    }

    /// Counts since the engine's start; in: client to realserver.
    public record Traffic(
            long connections, long packetsIn, long packetsOut, long bytesIn, long bytesOut) {
        public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0);

        public static Traffic of(EngineStats.Server server) {
            return new Traffic(
                    server.scheduled(),
                    server.packetsIn(),
                    server.packetsOut(),
                    server.bytesIn(),
                    server.bytesOut());
        }
    }

    /// Per second, smoothed; see [RateEstimator].
    public record Rates(
            double connections,
            double packetsIn,
            double packetsOut,
            double bytesIn,
            double bytesOut) {
        public static final Rates NONE = new Rates(0, 0, 0, 0, 0);
    }

    private static <V> Map<String, V> byName(Map<? extends Enum<?>, V> map) {
        var names = new HashMap<String, V>();
        map.forEach((key, value) -> names.put(key.name(), value));
        return names;
    }

    /// A copy by name, so that equal reports are equal text.
    private static <V> Map<String, V> sorted(Map<String, V> map) {
        return Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
