package hadirector.config;

import hadirector.model.Arbiter;
import hadirector.model.Endpoint;
import hadirector.model.IpvsSync;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One checked configuration, as one director of the cluster sees it. Maps keep the order of the file.
///
/// @param name this director's name, a key of `cluster.members`
/// @param connectionsMax most connections the packet engine tracks at once
/// @param ipvsSync how it speaks with directors that are Linux kernels with IPVS; empty: not at all
/// @param metrics where `/metrics` and `/healthz` are served; empty: not at all
public record DirectorConfig(
        String name,
        Engine engine,
        int connectionsMax,
        Cluster cluster,
        Path adminSocket,
        Optional<Endpoint> metrics,
        Map<String, VipGroup> groups,
        Map<String, VirtualService> services,
        Optional<IpvsSync> ipvsSync) {
    public DirectorConfig {
        groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
        services = Collections.unmodifiableMap(new LinkedHashMap<>(services));
    }

    /// Without [IpvsSync].
    public DirectorConfig(
            String name,
            Engine engine,
            int connectionsMax,
            Cluster cluster,
            Path adminSocket,
            Optional<Endpoint> metrics,
            Map<String, VipGroup> groups,
            Map<String, VirtualService> services) {
        this(name, engine, connectionsMax, cluster, adminSocket, metrics, groups, services, Optional.empty());
    }

    /// `director.engine`, a word or a section.
    ///
    /// @param offload whether the kernel may forward the packets of connections that it knows
    public record Engine(EngineChoice kind, boolean offload, Accelerate accelerate, Pin pin) {
        /// As `engine = <kind>` has it.
        public static Engine of(EngineChoice kind) {
            return new Engine(kind, true, Accelerate.AUTO, Pin.AUTO);
        }
    }

    /// `director.engine.pin`: whether a process that is killed leaves its connections to the next one, in a BPF file system.
    ///
    /// @param at a folder there; empty: the usual place if the machine has it
    public record Pin(boolean wanted, Optional<Path> at) {
        public static final Pin AUTO = new Pin(true, Optional.empty());
        public static final Pin OFF = new Pin(false, Optional.empty());
    }

    /// `director.engine.kind`.
    public enum EngineChoice {
        /// The best that the machine allows.
        AUTO,
        PACKET,
        PROXY
    }

    /// `director.engine.accelerate`: XDP in front of tc.
    public enum Accelerate {
        /// Where it is known to help.
        AUTO,
        /// Wherever the interface's driver can; elsewhere the operator is told.
        XDP,
        OFF
    }

    /// @param name of the cluster; directors of other clusters are refused
    /// @param members cluster addresses of each director, by name, one for each cluster network; never empty
    /// @param detection silence after which a member counts as gone
    /// @param lease how long a holder that does nothing more still forwards; shorter than `detection`
    /// @param arbiter who decides between directors that have lost each other
    /// @param keys folder of the members' keys, `NAME.pem` each; empty: `tls = off`, nothing is encrypted
    public record Cluster(
            String name,
            Map<String, List<Endpoint>> members,
            Duration detection,
            Duration lease,
            Arbiter arbiter,
            Optional<Path> keys) {
        public Cluster {
            var copy = new LinkedHashMap<String, List<Endpoint>>();
            members.forEach((member, addresses) -> copy.put(member, List.copyOf(addresses)));
            members = Collections.unmodifiableMap(copy);
        }

        /// One address each, the usual lease, no arbiter, no encryption.
        public static Cluster of(String name, Map<String, Endpoint> members, Duration detection) {
            var lists = new LinkedHashMap<String, List<Endpoint>>();
            members.forEach((member, address) -> lists.put(member, List.of(address)));
            return new Cluster(name, lists, detection, usualLease(detection), new Arbiter.None(), Optional.empty());
        }

        /// The same with keys.
        public Cluster encrypted(Path folder) {
            return new Cluster(name, members, detection, lease, arbiter, Optional.of(folder));
        }

        /// Two thirds of the detection, in whole milliseconds.
        public static Duration usualLease(Duration detection) {
            return Duration.ofMillis(detection.toMillis() * 2 / 3);
        }

        /// The first address of a member; empty if it is none.
        public Optional<Endpoint> address(String member) {
            return members.getOrDefault(member, List.of()).stream().findFirst();
        }
    }
}
