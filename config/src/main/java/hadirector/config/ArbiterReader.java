package hadirector.config;

import hadirector.model.Arbiter;
import hadirector.model.IpAddress;
import hadirector.model.LanAddress;
import hadirector.model.VipGroup;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// `director.cluster.arbiter`: a word, or `{ type = gateway, addresses = ["192.0.2.1@eth0"] }`.
final class ArbiterReader {
    static final Arbiter DEFAULT = new Arbiter.None();

    private static final int MAJORITY_MIN = 3;
    private static final Pattern GATEWAY = Pattern.compile("([^/@\\s]+)@([^/\\s]{1,15})");
    private static final String ADDRESSES = "a list of gateways, such as [\"192.0.2.1@eth0\"]";
    private static final Set<String> TYPES = new TreeSet<>(Set.of("gateway", "majority", "none", "witness"));

    private ArbiterReader() {}

    static Arbiter read(Node node) {
        if (node.isSection()) {
            return node.section("").map(ArbiterReader::read).orElse(DEFAULT);
        }
        return type(node).map(word -> word.equals("gateway") ? needsAddresses(node) : plain(word)).orElse(DEFAULT);
    }

    private static Arbiter read(Section section) {
        var type = section.require("type", "one of " + String.join(", ", TYPES)).flatMap(ArbiterReader::type);
        boolean gateway = type.filter("gateway"::equals).isPresent();
        var addresses = gateway || section.has("addresses")
                ? section.require("addresses", ADDRESSES).map(ArbiterReader::gateways).orElse(List.of())
                : List.<LanAddress>of();
        if (type.isPresent() && !gateway && section.has("addresses")) {
            section.problem("addresses", "is for type = gateway, must not be with type = " + type.get());
        }
        section.done();
        return gateway ? new Arbiter.Gateway(addresses) : plain(type.orElse("none"));
    }

    private static Arbiter needsAddresses(Node node) {
        node.mustBe("{ type = gateway, addresses = [\"192.0.2.1@eth0\"] }, because it needs to know which gateways");
        return DEFAULT;
    }

    private static Arbiter plain(String word) {
        return switch (word) {
            case "witness" -> new Arbiter.Witness();
            case "majority" -> new Arbiter.Majority();
            default -> DEFAULT;
        };
    }

    private static Optional<String> type(Node node) {
        return node.parse(text -> Optional.of(text).filter(TYPES::contains), "one of " + String.join(", ", TYPES));
    }

    private static List<LanAddress> gateways(Node node) {
        var nodes = node.list(ADDRESSES);
        if (nodes.map(List::isEmpty).orElse(false)) {
            node.mustBe(ADDRESSES);
        }
        var once = new Once<LanAddress>();
        return nodes.orElse(List.of()).stream()
                .flatMap(element -> element.parse(ArbiterReader::gateway, "address@interface, such as 192.0.2.1@eth0").stream()
                        .peek(gateway -> once.claim(gateway, element)))
                .toList();
    }

    private static Optional<LanAddress> gateway(String text) {
        var parts = GATEWAY.matcher(text);
        return parts.matches()
                ? IpAddress.parse(parts.group(1)).map(address -> new LanAddress(address, parts.group(2)))
                : Optional.empty();
    }

    /// What can be said of the arbiter only when members and groups are known.
    ///
    /// @param cluster the section `director.cluster`
    static void check(
            Section cluster, DirectorReader.Settings settings, Collection<VipGroup> groups, Environment environment) {
        var members = settings.cluster().members().keySet();
        switch (settings.cluster().arbiter()) {
            case Arbiter.None _ -> {}
            case Arbiter.Majority _ -> atLeastThree(cluster, members, "majority");
            case Arbiter.Witness _ -> {
                atLeastThree(cluster, members, "witness");
                if (groups.stream().map(VipGroup::priority).map(Map::keySet).anyMatch(own -> own.containsAll(members))) {
                    cluster.problem("arbiter", "is witness, must be majority, or leave one of %s out of every group's priority, because a witness holds nothing"
                            .formatted(String.join(", ", members)));
                }
            }
            case Arbiter.Gateway(var addresses) -> {
                boolean mayHold = groups.stream().anyMatch(group -> group.priority().containsKey(settings.name()));
                addresses.stream()
                        .filter(gateway -> mayHold && !environment.hasInterface(gateway.interfaceName()))
                        .forEach(gateway -> cluster.problem("arbiter", "has %s, must be on an interface of this machine, because %s may hold a group and looks for the gateway there"
                                .formatted(gateway, settings.name())));
                groups.forEach(group -> group.addresses().stream()
                        .filter(own -> addresses.stream().anyMatch(gateway -> gateway.address().equals(own.address())))
                        .forEach(own -> cluster.problem("arbiter", "has %s, must be a router's address, because in group %s that is the holder's own and nobody else answers for it"
                                .formatted(own.address(), group.name()))));
            }
        }
    }

    private static void atLeastThree(Section cluster, Set<String> members, String word) {
        if (members.size() < MAJORITY_MIN) {
            cluster.problem("arbiter", "is %s, must be with %d or more members, because of %d none is more than half when it is alone"
                    .formatted(word, MAJORITY_MIN, members.size()));
        }
    }
}
