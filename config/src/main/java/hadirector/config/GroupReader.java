package hadirector.config;

import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Track;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `vip-groups { name { ... } }`.
///
/// @param self this director's name
/// @param directors the cluster addresses of all by name; empty if they could not be read
/// @param floating all VIPs and gateways of the file so far
record GroupReader(
        String self, Map<String, List<Endpoint>> directors, EngineChoice engine, Environment environment, Once<IpAddress> floating) {
    private static final int PRIORITY_MAX = 65535;
    private static final String VIPS = "a list of addresses, such as [\"192.0.2.10/24@eth0\"]";
    private static final String GATEWAYS = "a list of addresses, such as [\"10.1.0.1/24@eth1\"]";

    /// @return empty if it has a mistake of its own, so that nothing is concluded from it
    Optional<VipGroup> read(Section.Entry entry) {
        var problems = entry.node().problems();
        int before = problems.count();
        Names.checkKey(entry);
        return entry.node()
                .section("an object, " + entry.name() + " { ... }")
                .map(section -> read(entry.name(), section))
                .filter(_ -> problems.count() == before);
    }

    private VipGroup read(String name, Section section) {
        var priority = section.requireSection("priority").map(this::priority);
        boolean ours = priority.map(map -> map.containsKey(self)).orElse(false);
        var group = new VipGroup(
                name,
                section.require("vips", VIPS).map(node -> addresses(node, VIPS, ours)).orElse(List.of()),
                section.find("gateways").map(node -> addresses(node, GATEWAYS, ours)).orElse(List.of()),
                priority.orElse(Map.of()),
                section.find("preempt").flatMap(Node::flag).orElse(false),
                section.find("masquerade").map(this::masquerade).orElse(List.of()),
                section.findSection("track").map(new TrackReader(ours, environment)::read).orElse(Track.NOTHING));
        section.done();
        return group;
    }

    private List<Prefix> masquerade(Node node) {
        if (engine == EngineChoice.PROXY) {
            node.warn("is set, but engine = proxy routes nothing for realservers: it has no effect");
        }
        var prefixes = Addresses.prefixes(node, "10.1.0.0/24", new Once<>());
        if (prefixes.stream().anyMatch(prefix -> prefix.length() == 0)) {
            node.wrong("holds every address, must be prefixes of realservers, because what they reach lies outside");
        }
        return prefixes;
    }

    private List<Vip> addresses(Node node, String must, boolean ours) {
        var list = node.list(must);
        if (must.equals(VIPS) && list.map(List::isEmpty).orElse(false)) {
            node.wrong("is empty, must be " + VIPS + ", because a group is what its VIPs are");
        }
        var addresses = new ArrayList<Vip>();
        for (var element : list.orElse(List.of())) {
            Addresses.floating(element, engine).ifPresent(vip -> {
                floating.claim(vip.address(), element);
                checkNotOfADirector(vip, element);
                if (ours) {
                    checkInterface(vip, element);
                }
                addresses.add(vip);
            });
        }
        return addresses;
    }

    /// On 127.0.0.0/8 nothing moves, so the proxy engine's VIP may be shared there.
    private void checkNotOfADirector(Vip vip, Node node) {
        directors.forEach((name, endpoints) -> {
            boolean taken = endpoints.stream().anyMatch(endpoint -> endpoint.address().equals(vip.address()));
            if (taken && !Addresses.isLoopback(vip.address())) {
                node.mustBe("an address of its own, because director " + name + " is reached by it");
            }
        });
    }

    /// Only of groups that this director may hold: the others' interfaces are on other machines.
    private void checkInterface(Vip vip, Node node) {
        if (!environment.hasInterface(vip.interfaceName())) {
            node.mustBe("on an interface of this machine, because %s may hold the group and has no %s"
                    .formatted(self, vip.interfaceName()));
        }
    }

    private Map<String, Integer> priority(Section section) {
        var priority = new LinkedHashMap<String, Integer>();
        for (var entry : section.entries()) {
            if (!directors.isEmpty() && !directors.containsKey(entry.name())) {
                entry.node().wrong("is of no director, must be of one of " + String.join(", ", directors.keySet()));
            }
            int value = entry.node().integer(1, PRIORITY_MAX, ", because the highest holds the group").orElse(1);
            priority.put(entry.name(), value);
        }
        if (priority.isEmpty()) {
            section.node().wrong("is empty, must name a director, because nobody else holds the group");
        }
        return priority;
    }
}
