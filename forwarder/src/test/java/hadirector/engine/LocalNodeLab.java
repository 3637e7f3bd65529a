package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.DatagramEcho;
import hadirector.lab.Host;
import hadirector.lab.Nginx;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A director that is a realserver too, beside another:
///
/// ```
///   client .50 --- out 192.0.2 --- .2 director .2 --- in 10.1.0 (gateway .1) --- .11 rs
///                  VIPs .10 (NAT), .11 (DR, also on lo)
/// ```
///
/// The same over IPv6. nginx on port 8080 of both, which says at `/who` where it runs; echo of datagrams on port 5301.
final class LocalNodeLab extends EngineLab {
    static final int BOTH = 80;
    static final int LOCAL = 81;
    static final int DEAD = 82;
    static final int MOVING = 83;
    static final int ABORTING = 84;
    static final int ENDING = 85;
    static final int LOOPBACK = 86;
    static final int ECHO = 5300;
    static final int WEB = 8080;
    private static final int LOCAL_ECHO = 5301;
    private static final int NOBODY = 9;

    /// The addresses of one family.
    ///
    /// @param moving one that the other realserver has, and the director at times as well
    record Family(boolean v6, String client, String vip, String directVip, String gateway, String local, String remote, String moving) {
        String url(String address, int port) {
            return "http://" + bracketed(address) + ":" + port + "/";
        }

        Endpoint at(String address, int port) {
            return new Endpoint(IpAddress.of(address), port);
        }

        private String bracketed(String address) {
            return v6 ? "[" + address + "]" : address;
        }

        @Override
        public String toString() {
            return v6 ? "IPv6" : "IPv4";
        }
    }

    static final Family V4 = new Family(
            false, "192.0.2.50", "192.0.2.10", "192.0.2.11", "10.1.0.1", "10.1.0.2", "10.1.0.11", "10.7.0.1");
    static final Family V6 = new Family(
            true, "2001:db8::50", "2001:db8::10", "2001:db8::11", "fd00:1::1", "fd00:1::2", "fd00:1::11", "fd00:7::1");
    static final List<Family> FAMILIES = List.of(V4, V6);

    final Host client = lab.host("client").ipv6();
    final Host director = lab.host("director").ipv6();
    private final Host realServer = lab.host("rs").ipv6();
    final PacketEngine engine;
    final Nginx web;
    private final List<DatagramEcho> echos = new ArrayList<>();

    LocalNodeLab(Path directory, EngineOptions options) throws Exception {
        web = new Nginx(directory);
        var out = lab.segment("out");
        var in = lab.segment("in");
        client.nic("eth0", out, "192.0.2.50/24", "2001:db8::50/64");
        director.nic("eth0", out, "192.0.2.2/24", "2001:db8::2/64");
        director.nic("eth1", in, "10.1.0.2/24", "fd00:1::2/64");
        realServer.nic("eth0", in, "10.1.0.11/24", "fd00:1::11/64");
        realServer.with("ip route add default via " + V4.gateway).with("ip -6 route add default via " + V6.gateway);
        realServer.with("ip addr add 10.7.0.1/32 dev lo").with("ip addr add fd00:7::1/128 dev lo nodad");
        director.with("ip route add 10.7.0.1 via 10.1.0.11").with("ip -6 route add fd00:7::1 via fd00:1::11");
        director.sysctl("net.ipv4.ip_nonlocal_bind", "1").sysctl("net.ipv6.ip_nonlocal_bind", "1");
        director.sysctl("net.ipv4.conf.all.arp_ignore", "1").sysctl("net.ipv4.conf.eth0.route_localnet", "1");
        director.with("ip addr add 192.0.2.11/32 dev lo").with("ip addr add 2001:db8::11/128 dev lo nodad");
        serve(director, "local");
        serve(realServer, "remote");
        echo();
        engine = director.in(() -> new PacketEngine(options, events::add));
        configure();
        for (var family : FAMILIES) {
            Await.until("HTTP over " + family, () -> who(family, BOTH).contains("remote"));
        }
    }

    private void configure() {
        var vips = new ArrayList<Vip>();
        var gateways = new ArrayList<Vip>();
        var services = new ArrayList<VirtualService>();
        for (var family : FAMILIES) {
            int bits = family.v6 ? 64 : 24;
            vips.add(new Vip(IpAddress.of(family.vip), bits, "eth0"));
            vips.add(new Vip(IpAddress.of(family.directVip), bits, "eth0"));
            gateways.add(new Vip(IpAddress.of(family.gateway), bits, "eth1"));
            var tcp = Protocol.TCP;
            var local = family.at(family.local, WEB);
            services.add(nat(tcp, family.at(family.vip, BOTH), local, family.at(family.remote, WEB)));
            services.add(nat(tcp, family.at(family.vip, LOCAL), local));
            services.add(nat(tcp, family.at(family.vip, ENDING), local));
            services.add(nat(tcp, family.at(family.vip, LOOPBACK), family.at(family.v6 ? family.local : "127.0.0.1", WEB)));
            services.add(nat(tcp, family.at(family.vip, DEAD), family.at(family.local, NOBODY)));
            services.add(nat(tcp, family.at(family.vip, MOVING), family.at(family.moving, WEB)));
            services.add(nat(tcp, family.at(family.vip, ABORTING), family.at(family.local, ABORTING)));
            services.add(nat(Protocol.UDP, family.at(family.vip, ECHO), family.at(family.local, LOCAL_ECHO)));
            services.add(nat(Protocol.UDP, family.at(family.vip, MOVING), family.at(family.moving, LOCAL_ECHO)));
            services.add(nat(Protocol.UDP, family.at(family.vip, DEAD), family.at(family.local, NOBODY)));
            services.add(service(tcp, family.at(family.directVip, WEB), ForwardingMethod.DIRECT_ROUTING, local));
        }
        engine.configure(List.of(new VipGroup("web", vips, gateways, Map.of("lb", 1), false)), services);
        for (var service : services) {
            service.realServers().forEach(server -> engine.server(service.name(), server.endpoint(), 1, true));
        }
        engine.open("web", 1);
    }

    private static VirtualService nat(Protocol protocol, Endpoint vip, Endpoint... realServers) {
        return service(protocol, vip, ForwardingMethod.NAT, realServers);
    }

    private static VirtualService service(
            Protocol protocol, Endpoint vip, ForwardingMethod method, Endpoint... realServers) {
        return new VirtualService(
                protocol + " " + vip,
                "web",
                protocol,
                vip,
                SchedulerKind.RR,
                new Timeouts(Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(3)),
                Optional.empty(),
                List.of(realServers).stream().map(endpoint -> new RealServer(endpoint, 1, method)).toList());
    }

    private void serve(Host host, String name) throws IOException {
        var _ = web.start(host, "listen %d; listen [::]:%d; location = /who { return 200 %s; }".formatted(WEB, WEB, name));
    }

    private void echo() {
        for (var family : FAMILIES) {
            echo(director, family.local);
            echo(director, family.moving);
            echo(realServer, family.moving);
        }
    }

    private void echo(Host host, String address) {
        echos.add(new DatagramEcho(host, new InetSocketAddress(address, LOCAL_ECHO)));
    }

    /// Who answers at a port of the VIP.
    String who(Family family, int port) {
        return client.tryOutput("curl -s -m 2 " + family.url(family.vip, port) + "who");
    }

    void curl(String arguments) {
        client.with("curl -sS --fail --connect-timeout 5 -m 60 " + arguments);
    }

    /// What the engine says of the realservers of a service.
    List<EngineStats.Server> servers(Protocol protocol, Endpoint vip) {
        return engine.stats().services().stream()
                .filter(service -> service.name().equals(protocol + " " + vip))
                .findFirst()
                .orElseThrow()
                .servers();
    }

    @Override
    PacketEngine engine() {
        return engine;
    }

    @Override
    public void close() {
        echos.forEach(DatagramEcho::close);
        super.close();
    }
}
