package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.health.Target;
import hadirector.model.Arbiter;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Configs of a cluster of lb1 and lb2.
record TestConfig(List<VipGroup> groups, List<VirtualService> services, List<String> members, Arbiter arbiter) {
    static final Map<String, Integer> PRIORITY = Map.of("lb1", 100, "lb2", 50);

    /// Long: a test's director that had no processor for a while has not stood still.
    private static final Duration DETECTION = Duration.ofMinutes(1);

    /// With an arbiter, whose word comes after this time.
    private static final Duration DETECTION_JUDGED = Duration.ofSeconds(2);

    /// Without an arbiter.
    TestConfig(List<VipGroup> groups, List<VirtualService> services, List<String> members) {
        this(groups, services, members, new Arbiter.None());
    }

    /// Group web on eth0 with the service shop of two realservers.
    static TestConfig shop() {
        var shop = service("shop", 10, 80, "10.1.0.11", "10.1.0.12");
        return new TestConfig(List.of(group("web", "eth0", 10)), List.of(shop), List.of("lb1", "lb2"));
    }

    /// Of a cluster of lb1 only, which then waits for nobody.
    TestConfig alone() {
        return new TestConfig(groups, services, List.of("lb1"), arbiter);
    }

    TestConfig with(VirtualService... more) {
        return new TestConfig(groups, Arrays.asList(more), members, arbiter);
    }

    TestConfig withoutServices() {
        return new TestConfig(groups, List.of(), members, arbiter);
    }

    TestConfig with(VipGroup... more) {
        return new TestConfig(Arrays.asList(more), services, members, arbiter);
    }

    TestConfig with(Arbiter judge) {
        return new TestConfig(groups, services, members, judge);
    }

    DirectorConfig of(String director) {
        var addresses = new LinkedHashMap<String, Endpoint>();
        for (String member : members) {
            addresses.put(member, Endpoint.of("10.9.0." + (addresses.size() + 1) + ":7800"));
        }
        var byName = new LinkedHashMap<String, VipGroup>();
        groups.forEach(group -> byName.put(group.name(), group));
        var served = new LinkedHashMap<String, VirtualService>();
        services.forEach(service -> served.put(service.name(), service));
        return new DirectorConfig(
                director,
                Engine.of(EngineChoice.AUTO),
                1024,
                cluster(addresses),
                Path.of("/nowhere"),
                Optional.empty(),
                byName,
                served);
    }

    private Cluster cluster(Map<String, Endpoint> addresses) {
        var plain = Cluster.of("test", addresses, DETECTION);
        return arbiter instanceof Arbiter.None
                ? plain
                : new Cluster(plain.name(), plain.members(), DETECTION_JUDGED, plain.lease(), arbiter, plain.keys());
    }

    /// On eth0.
    static VipGroup masquerading(String name, List<Prefix> sources) {
        var group = group(name, "eth0", 10);
        return new VipGroup(name, group.vips(), group.gateways(), group.priority(), group.preempt(), sources);
    }

    static VipGroup group(String name, String interfaceName, int host) {
        return new VipGroup(name, List.of(new Vip(vip(host), 24, interfaceName)), List.of(), PRIORITY, false);
    }

    /// Of the group web, without a check.
    static VirtualService service(String name, int host, int port, String... servers) {
        return new VirtualService(
                name,
                "web",
                Protocol.TCP,
                new Endpoint(vip(host), port),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                Arrays.stream(servers).map(TestConfig::server).toList());
    }

    static VirtualService checked(VirtualService service, Check check) {
        return new VirtualService(
                service.name(),
                service.group(),
                service.protocol(),
                service.vip(),
                service.scheduler(),
                service.timeouts(),
                Optional.of(check),
                service.realServers());
    }

    private static RealServer server(String address) {
        return new RealServer(Endpoint.of(address + ":80"), 1, ForwardingMethod.NAT);
    }

    static Target target(String service, String server) {
        return new Target(service, Endpoint.of(server + ":80"));
    }

    private static IpAddress vip(int host) {
        return IpAddress.of("192.0.2." + host);
    }
}
