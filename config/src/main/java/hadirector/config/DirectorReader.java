package hadirector.config;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Engine;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.IpvsSync;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// `director { ... }`: this process and its cluster.
///
/// @param environment whose host name is that of a director that is given no other
record DirectorReader(Optional<String> nameOverride, Environment environment) {
    private static final Duration DETECTION_MIN = Duration.ofMillis(200);
    private static final Duration DETECTION_MAX = Duration.ofMinutes(1);
    private static final Duration DETECTION = Duration.ofMillis(600);
    private static final Duration LEASE_MIN = Duration.ofMillis(100);
    private static final int CONNECTIONS_MIN = 1 << 10;
    private static final int CONNECTIONS_MAX = 1 << 24;
    private static final int CONNECTIONS = 1 << 20;
    private static final Path ADMIN_SOCKET = Path.of("/run/ha-director/admin.sock");
    private static final Path KEYS = Path.of("/etc/ha-director/keys");
    private static final int SOCKET_PATH_MAX = 107; // sun_path of linux/un.h has 108 bytes, one is a NUL.

    record Settings(
            String name,
            Engine engine,
            int connectionsMax,
            Cluster cluster,
            Path adminSocket,
            Optional<Endpoint> metrics,
            Optional<IpvsSync> ipvsSync) {}

    Settings read(Section director) {
        var cluster = director.requireSection("cluster").map(DirectorReader::cluster);
        var engine = director.find("engine").map(EngineReader::read).orElse(EngineReader.DEFAULT);
        var settings = new Settings(
                name(director, cluster.map(Cluster::members).orElse(Map.of())),
                engine,
                director.find("connections-max")
                        .flatMap(node -> node.integer(CONNECTIONS_MIN, CONNECTIONS_MAX))
                        .orElse(CONNECTIONS),
                cluster.orElse(Cluster.of("", Map.of(), DETECTION)),
                director.find("admin-socket").flatMap(DirectorReader::socketPath).orElse(ADMIN_SOCKET),
                director.find("metrics").flatMap(node -> Addresses.endpoint(node, "0.0.0.0:9620")),
                director.findSection("ipvs-sync").map(section -> new IpvsSyncReader(environment).read(section, engine.kind())));
        director.done();
        return settings;
    }

    static Cluster cluster(Section cluster) {
        var name = cluster.require("name", "the name of the cluster").flatMap(Names::value).orElse("");
        var members = cluster.requireSection("members").map(DirectorReader::members).orElse(Map.of());
        var detection = cluster.find("detection").flatMap(DirectorReader::detection).orElse(DETECTION);
        var read = new Cluster(
                name,
                members,
                detection,
                cluster.find("lease").flatMap(node -> lease(node, detection)).orElse(Cluster.usualLease(detection)),
                cluster.find("arbiter").map(ArbiterReader::read).orElse(ArbiterReader.DEFAULT),
                keys(cluster));
        cluster.done();
        return read;
    }

    /// The others may take over after [hadirector.model.Detection#silence], and the last word may have been said a heartbeat before the end; by then it must
    /// certainly be over.
    private static Optional<Duration> lease(Node node, Duration detection) {
        return node.duration(
                LEASE_MIN,
                Cluster.usualLease(detection),
                ", because detection = %s, and after two thirds of it the others may take over".formatted(ChangeText.of(detection)));
    }

    /// Encryption is on unless the file says that it is not.
    private static Optional<Path> keys(Section cluster) {
        var folder = cluster.find("keys").flatMap(DirectorReader::folder).orElse(KEYS);
        boolean encrypted = cluster.find("tls").map(DirectorReader::isOn).orElse(true);
        return encrypted ? Optional.of(folder) : Optional.empty();
    }

    private static boolean isOn(Node tls) {
        boolean on = tls.flag().orElse(true);
        if (!on) {
            tls.warn("is off: nothing that the directors say to each other is encrypted, and whoever reaches the cluster's network can pose as one of them");
        }
        return on;
    }

    private static Optional<Path> folder(Node node) {
        return node.parse(
                text -> path(text).filter(Path::isAbsolute), "the absolute path of the folder of the members' keys");
    }

    private static Optional<Duration> detection(Node node) {
        return node.duration(
                DETECTION_MIN,
                DETECTION_MAX,
                ", because a busy machine is silent for less, and after more the VIPs were gone for long");
    }

    private static Map<String, List<Endpoint>> members(Section section) {
        var members = new LinkedHashMap<String, List<Endpoint>>();
        var once = new Once<Endpoint>();
        section.names().forEach(name -> members.put(name, List.of(Addresses.NOWHERE)));
        for (var entry : section.entries()) {
            Names.checkKey(entry);
            var addresses = addresses(entry.node(), once);
            if (!addresses.isEmpty()) {
                members.put(entry.name(), addresses);
            }
        }
        if (members.isEmpty()) {
            section.node().mustBe("the directors of the cluster, such as { lb1 = \"10.0.9.1:7800\" }");
        }
        return members;
    }

    /// One, or a list with one for each cluster network.
    private static List<Endpoint> addresses(Node node, Once<Endpoint> once) {
        var nodes = node.isList() ? node.list("").orElse(List.of()) : List.of(node);
        if (nodes.isEmpty()) {
            node.mustBe("an address, or one for each cluster network, such as [\"10.0.9.1:7800\", \"10.0.8.1:7800\"]");
        }
        var addresses = new ArrayList<Endpoint>();
        for (var element : nodes) {
            Addresses.endpoint(element, "10.0.9.1:7800").ifPresent(address -> {
                checkMember(element, address, once);
                addresses.add(address);
            });
        }
        return addresses;
    }

    private static void checkMember(Node node, Endpoint endpoint, Once<Endpoint> once) {
        once.claim(endpoint, node);
        if (endpoint.address().equals(Addresses.NOWHERE.address()) || endpoint.address().equals(new IpAddress(0, 0))) {
            node.mustBe("an address of one director, because the others connect to it");
        }
    }

    /// The override, else the key, else the host name or its first label, whichever is a member.
    private String name(Section director, Map<String, List<Endpoint>> members) {
        var configured = director.find("name").flatMap(node -> node.text("a name"));
        if (nameOverride.isPresent()) {
            return member(nameOverride.get(), members, director, " (by --name)");
        }
        if (director.has("name")) {
            return configured.map(name -> member(name, members, director, "")).orElse("");
        }
        String hostName = environment.hostName();
        return Stream.of(hostName, hostName.split("\\.", 2)[0])
                .filter(members::containsKey)
                .findFirst()
                .orElseGet(() -> member(hostName, members, director, " (the host name)"));
    }

    private static String member(String name, Map<String, List<Endpoint>> members, Section director, String whence) {
        if (!members.isEmpty() && !members.containsKey(name)) {
            director.problem("name", "is %s%s, must be one of %s, the keys of director.cluster.members"
                    .formatted(name, whence, String.join(", ", members.keySet())));
        }
        return name;
    }

    private static Optional<Path> socketPath(Node node) {
        String must = "an absolute path of at most " + SOCKET_PATH_MAX + " bytes, because unix sockets have no longer ones";
        return node.parse(
                text -> path(text).filter(path ->
                        path.isAbsolute() && text.getBytes(StandardCharsets.UTF_8).length <= SOCKET_PATH_MAX),
                must);
    }

    /// A path, if the text may be one.
    static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }
}
