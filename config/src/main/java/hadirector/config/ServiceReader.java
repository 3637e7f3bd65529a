package hadirector.config;

import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.TunnelKind;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `services { name { ... } }`.
///
/// @param engine as the file chooses it
/// @param groups by name; empty where a group could not be read
/// @param floating all VIPs and gateways of the file
/// @param services what each service answers for, so far
record ServiceReader(
        EngineChoice engine,
        Map<String, Optional<VipGroup>> groups,
        Once<IpAddress> floating,
        Once<String> services) {
    private static final int REAL_SERVERS_MAX = 65535; // A scheduler numbers them in 16 bits.
    private static final int WEIGHT_MAX = 65535;
    private static final int PORT_MAX = 65535;
    private static final Map<String, Protocol> PROTOCOLS = Words.of(List.of(Protocol.values()), Protocol::word);
    private static final Map<String, SchedulerKind> SCHEDULERS = Words.of(List.of(SchedulerKind.values()), SchedulerKind::word);
    private static final Map<String, ForwardingMethod> METHODS =
            Words.of(
                    List.of(ForwardingMethod.NAT, ForwardingMethod.DIRECT_ROUTING, ForwardingMethod.TUNNEL),
                    ForwardingMethod::word);
    private static final String REAL_SERVERS = "a list, such as [{ address = \"10.1.0.11:80\", weight = 1 }]";

    Optional<VirtualService> read(Section.Entry entry) {
        Names.checkKey(entry);
        return entry.node()
                .section("an object, " + entry.name() + " { ... }")
                .flatMap(section -> read(entry.name(), section));
    }

    private Optional<VirtualService> read(String name, Section section) {
        var group = section.require("group", "a group of vip-groups").flatMap(this::group);
        var vip = section.require("vip", "a VIP of the group").flatMap(node -> vip(node, group));
        var port = section.require("port", "a port from 1 to " + PORT_MAX).flatMap(node -> node.integer(1, PORT_MAX));
        var protocol = section.find("protocol").map(node -> node.word(PROTOCOLS)).orElse(Optional.of(Protocol.TCP));
        var endpoint = vip.flatMap(address -> port.map(number -> new Endpoint(address, number)));
        endpoint.ifPresent(at ->
                protocol.ifPresent(word -> services.claim(word.word() + " " + at, section.node())));
        var tunnel = section.find("tun");
        var usual = new Forwarding(
                section.find("method").flatMap(ServiceReader::method).orElse(ForwardingMethod.NAT),
                tunnel.flatMap(ServiceReader::tunnel).orElse(TunnelKind.usual()));
        var scheduler = section.find("scheduler").map(node -> node.word(SCHEDULERS)).orElse(Optional.of(SchedulerKind.WLC));
        var service = new VirtualService(
                name,
                group.map(VipGroup::name).orElse(""),
                protocol.orElse(Protocol.TCP),
                endpoint.orElse(Addresses.NOWHERE),
                scheduler.orElse(SchedulerKind.WLC),
                section.findSection("timeouts").map(ServiceReader::timeouts).orElse(Timeouts.IPVS),
                check(section, protocol),
                section.require("realservers", REAL_SERVERS)
                        .map(node -> realServers(node, usual, new Front(vip, port)))
                        .orElse(List.of()),
                ServiceOptionsReader.read(section, protocol, scheduler));
        tunnel.ifPresent(node -> checkTunnel(node, service));
        section.done();
        return Optional.of(service);
    }

    /// How a service's realservers are reached if they do not say it themselves.
    private record Forwarding(ForwardingMethod method, TunnelKind tunnel) {}

    private static void checkTunnel(Node node, VirtualService service) {
        if (service.realServers().stream().noneMatch(server -> server.tunnel().isPresent())) {
            node.wrong("is for method tun, which no realserver of the service has");
        }
    }

    private Optional<VipGroup> group(Node node) {
        return node.parse(
                        text -> Optional.ofNullable(groups.get(text)),
                        groups.isEmpty()
                                ? "a group of vip-groups, which has none"
                                : "one of " + String.join(", ", groups.keySet()) + ", the groups of vip-groups")
                .flatMap(group -> group);
    }

    private static Optional<IpAddress> vip(Node node, Optional<VipGroup> group) {
        var vip = Addresses.host(node);
        if (vip.isPresent() && group.isPresent()) {
            var vips = group.get().vips().stream().map(Vip::address).toList();
            if (!vips.contains(vip.get())) {
                node.mustBe("one of %s, the vips of group %s".formatted(ChangeText.joined(vips), group.get().name()));
            }
        }
        return vip;
    }

    private static Optional<ForwardingMethod> method(Node node) {
        return node.word(METHODS);
    }

    private static Optional<TunnelKind> tunnel(Node node) {
        return node.parse(TunnelKind::parse, "ipip, gre or gue with its UDP port, such as gue:6080");
    }

    private static Timeouts timeouts(Section section) {
        var timeouts = new Timeouts(
                timeout(section, "established", Timeouts.IPVS.established()),
                timeout(section, "fin", Timeouts.IPVS.fin()),
                timeout(section, "udp", Timeouts.IPVS.udp()));
        section.done();
        return timeouts;
    }

    private static Duration timeout(Section section, String key, Duration usual) {
        return section.find(key).flatMap(Times::positive).orElse(usual);
    }

    /// With an unreadable protocol, the check may be of any type.
    private static Optional<Check> check(Section section, Optional<Protocol> protocol) {
        return section.findSection("check").flatMap(check -> CheckReader.read(check, protocol.orElse(Protocol.TCP)));
    }

    /// What clients see of the service; empty where it could not be read.
    private record Front(Optional<IpAddress> vip, Optional<Integer> port) {}

    private List<RealServer> realServers(Node node, Forwarding usual, Front front) {
        var nodes = node.list(REAL_SERVERS);
        int count = nodes.map(List::size).orElse(1);
        if (count > REAL_SERVERS_MAX) {
            node.wrong("has %d realservers, must have at most %d".formatted(count, REAL_SERVERS_MAX));
            return List.of();
        }
        if (count == 0) {
            node.warn("is empty: the service refuses every connection");
        }
        var once = new Once<Endpoint>();
        var realServers = new ArrayList<RealServer>();
        for (var element : nodes.orElse(List.of())) {
            element.section("an object, such as { address = \"10.1.0.11:80\" }")
                    .flatMap(section -> realServer(section, usual, front, once))
                    .ifPresent(realServers::add);
        }
        return realServers;
    }

    private Optional<RealServer> realServer(
            Section section, Forwarding usual, Front front, Once<Endpoint> once) {
        int weight = section.find("weight")
                .flatMap(node -> node.integer(0, WEIGHT_MAX))
                .orElse(1);
        var method = section.find("method").map(ServiceReader::method).orElse(Optional.of(usual.method()));
        var tunnel = section.find("tun").map(ServiceReader::tunnel).orElse(Optional.of(usual.tunnel()));
        var node = section.require("address", "address:port, such as 10.1.0.11:80");
        var endpoint = node.flatMap(Addresses::realServer);
        section.done();
        if (node.isEmpty() || endpoint.isEmpty() || method.isEmpty() || tunnel.isEmpty()) {
            return Optional.empty();
        }
        boolean isTunnel = method.get() == ForwardingMethod.TUNNEL;
        if (section.has("tun") && !isTunnel) {
            section.problem("tun", "is for method tun, the method here is " + method.get().word());
        }
        once.claim(endpoint.get(), node.get());
        checkRealServer(node.get(), endpoint.get(), method.get(), front);
        return Optional.of(new RealServer(endpoint.get(), weight, method.get(), tunnel.filter(_ -> isTunnel)));
    }

    private void checkRealServer(Node node, Endpoint endpoint, ForwardingMethod method, Front front) {
        floating.find(endpoint.address()).ifPresent(vip -> node.mustBe(
                "another address, because it is a floating one of the directors at " + vip.place()));
        front.vip()
                .filter(vip -> vip.isV4() != endpoint.address().isV4())
                .filter(_ -> method != ForwardingMethod.TUNNEL && engine != EngineChoice.PROXY)
                .ifPresent(vip -> node.mustBe("%s, as the vip %s is, because method %s keeps the packet's family (tun may mix)"
                        .formatted(Addresses.family(vip), vip, method.word())));
        if (method == ForwardingMethod.NAT) {
            return;
        }
        front.port()
                .filter(port -> endpoint.port() != port)
                .ifPresent(port -> node.mustBe("%s, the port of the service, because method %s leaves ports as they are"
                        .formatted(new Endpoint(endpoint.address(), port), method.word())));
        if (engine == EngineChoice.PROXY) {
            node.warn("has method %s, which engine = proxy cannot do: it is served as a proxy's server"
                    .formatted(method.word()));
        }
    }
}
