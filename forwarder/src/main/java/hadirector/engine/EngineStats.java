package hadirector.engine;

import hadirector.model.Endpoint;
import java.util.List;
import java.util.Map;

/// Numbers of one moment. Counts only grow, from the engine's start, except where said.
///
/// @param counters by [Counter]
/// @param connections entries in the table now
/// @param connectionsMax entries that fit
public record EngineStats(
        Map<Counter, Long> counters, long connections, long connectionsMax, List<Service> services) {
    public EngineStats {
        counters = Map.copyOf(counters);
        services = List.copyOf(services);
    }

    /// One virtual service, its realservers in the config's order; drained ones that still have
    /// connections come last, with weight 0.
    public record Service(String name, List<Server> servers) {
        public Service {
            servers = List.copyOf(servers);
        }
    }

    /// One realserver of one service; `active` and `inactive` as ipvsadm's ActiveConn and InActConn (now).
    ///
    /// @param scheduled connections given to it since start
    /// @param packetsIn client to realserver; super-frames count as the wire packets they stand for
    /// @param packetsOut realserver to client, NAT and proxy only, as IPVS
    public record Server(
            Endpoint endpoint,
            String method,
            int weight,
            long active,
            long inactive,
            long scheduled,
            long packetsIn,
            long packetsOut,
            long bytesIn,
            long bytesOut) {}
}
