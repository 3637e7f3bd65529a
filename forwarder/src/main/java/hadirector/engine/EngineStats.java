package hadirector.engine;

import hadirector.model.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Numbers of one moment. Counts only grow, from the engine's start, except where said.
///
/// @param counters by [Counter]
/// @param connections entries in the table now
/// @param connectionsMax entries that fit
/// @param interfaces that the engine works on
/// @param pauses how long its threads stood still
public record EngineStats(
        Map<Counter, Long> counters,
        long connections,
        long connectionsMax,
        List<Interface> interfaces,
        List<Service> services,
        Pauses pauses) {
    /// Of an engine that has nothing.
    public static final EngineStats NONE = new EngineStats(Map.of(), 0, 0, List.of());

    public EngineStats {
        counters = Map.copyOf(counters);
        interfaces = List.copyOf(interfaces);
        services = List.copyOf(services);
    }

    /// Of an engine that has sockets and no interfaces.
    public EngineStats(Map<Counter, Long> counters, long connections, long connectionsMax, List<Service> services) {
        this(counters, connections, connectionsMax, List.of(), services, Pauses.NONE);
    }

    /// What a lease has to outlast.
    ///
    /// @param longest time between two renewals, since the engine's start: that of the process, the processors, the machine
    /// @param lately the same, of the last one to two minutes
    /// @param turn longest turn of the engine's thread in the last one to two minutes; frames and commands wait for it, the lease does not
    public record Pauses(Duration longest, Duration lately, Duration turn) {
        public static final Pauses NONE = new Pauses(Duration.ZERO, Duration.ZERO, Duration.ZERO);

        /// How far apart renewals are to be.
        public static final Duration TURN = Duration.ofMillis(10);
    }

    /// @param hook where frames are taken: `tcx`, `clsact`, `xdp + tcx`
    /// @param why it is this hook, in words; empty if there is nothing to say
    /// @param others programs of others on the interface, by hook and name: `xdp cil_xdp_entry`
    public record Interface(String name, String hook, String why, List<String> others) {
        public Interface {
            others = List.copyOf(others);
        }
    }

    /// One virtual service, its realservers in the config's order; drained ones that still have
    /// connections come last, with weight 0.
    ///
    /// @param halfOpen TCP connections whose handshake is not done
    /// @param overloaded whether these are as many as the service may have: new ones are had at the cost of others
    public record Service(String name, long halfOpen, boolean overloaded, List<Server> servers) {
        public Service {
            servers = List.copyOf(servers);
        }

        /// Of an engine that leaves handshakes to the kernel.
        public Service(String name, List<Server> servers) {
            this(name, 0, false, servers);
        }
    }

    /// One realserver of one service; `active` and `inactive` as ipvsadm's ActiveConn and InActConn (now).
    ///
    /// @param local whether it is this host; never known of an engine that has sockets
    /// @param ended those of `inactive` that only wait for their time to be over (TIME_WAIT, CLOSE)
    /// @param scheduled connections given to it since start
    /// @param packetsIn client to realserver; super-frames count as the wire packets they stand for
    /// @param packetsOut realserver to client, NAT and proxy only, as IPVS
    public record Server(
            Endpoint endpoint,
            String method,
            boolean local,
            int weight,
            long active,
            long inactive,
            long ended,
            long scheduled,
            long packetsIn,
            long packetsOut,
            long bytesIn,
            long bytesOut) {}
}
