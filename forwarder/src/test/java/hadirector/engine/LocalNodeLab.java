package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.NetLab;
import hadirector.lab.Segment;
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
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A director that is a realserver too, beside another:
///
/// ```
///   client .50 --- out 192.0.2 --- .2 director .2 --- in 10.1.0 (gateway .1) --- .11 rs
///                  VIPs .10 (NAT), .11 (DR, also on lo)
/// ```
///
/// The same over IPv6. nginx on port 8080 of both, which says at `/who` where it runs; echo of datagrams on port 5301.
final class LocalNodeLab implements AutoCloseable {
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
    private static final int DATAGRAM_MAX = 0xffff;

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

    final NetLab lab = new NetLab();
    final Host client = host("client");
    final Host director = host("director");
    private final Host realServer = host("rs");
    final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    final PacketEngine engine;
    private final Path directory;
    private final List<DatagramSocket> sockets = new ArrayList<>();

    LocalNodeLab(Path directory, EngineOptions options) throws Exception {
        this.directory = directory;
        var out = lab.segment("out");
        var in = lab.segment("in");
        nic(client, "eth0", out, "192.0.2.50/24", "2001:db8::50/64");
        nic(director, "eth0", out, "192.0.2.2/24", "2001:db8::2/64");
        nic(director, "eth1", in, "10.1.0.2/24", "fd00:1::2/64");
        nic(realServer, "eth0", in, "10.1.0.11/24", "fd00:1::11/64");
        realServer.with("ip route add default via " + V4.gateway).with("ip -6 route add default via " + V6.gateway);
        realServer.with("ip addr add 10.7.0.1/32 dev lo").with("ip addr add fd00:7::1/128 dev lo nodad");
        director.with("ip route add 10.7.0.1 via 10.1.0.11").with("ip -6 route add fd00:7::1 via fd00:1::11");
        director.sysctl("net.ipv4.ip_nonlocal_bind", "1").sysctl("net.ipv6.ip_nonlocal_bind", "1");
        director.sysctl("net.ipv4.conf.all.arp_ignore", "1").sysctl("net.ipv4.conf.eth0.route_localnet", "1");
        director.with("ip addr add 192.0.2.11/32 dev lo").with("ip addr add 2001:db8::11/128 dev lo nodad");
        startNginx(director, "local");
        startNginx(realServer, "remote");
        echo();
        engine = director.in(() -> new PacketEngine(options, events::add));
        configure();
        for (var family : FAMILIES) {
            Await.until("HTTP over " + family, () -> who(family, BOTH).contains("remote"));
        }
    }

    private Host host(String name) {
        return lab.host(name).ipv6();
    }

    private static void nic(Host host, String name, Segment segment, String v4, String v6) {
        host.nic(name, segment, v4).host().with("ip addr add " + v6 + " dev " + name + " nodad");
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

    private void startNginx(Host host, String name) throws IOException {
        var home = Files.createDirectories(directory.resolve(name));
        Files.createDirectories(directory.resolve("www"));
        Files.writeString(home.resolve("nginx.conf"), """
                user root; daemon off; worker_processes 1; pid nginx.pid;
                events { worker_connections 4096; }
                http {
                  access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
                  uwsgi_temp_path tmp; scgi_temp_path tmp; sendfile on; keepalive_timeout 300;
                  server {
                    listen %d; listen [::]:%d; root ../www; dav_methods PUT; client_max_body_size 0;
                    location = /who { return 200 %s; }
                  }
                }
                """.formatted(WEB, WEB, name));
        host.start("nginx", "-p", home.toString(), "-c", "nginx.conf", "-e", "error.log");
    }

    /// Sends every datagram back, until its socket is closed.
    private void echo() {
        for (var family : FAMILIES) {
            echo(director, family.local);
            echo(director, family.moving);
            echo(realServer, family.moving);
        }
    }

    /// Bound to its address: another would answer from that of the way out.
    private void echo(Host host, String address) {
        var socket = host.in(() -> new DatagramSocket(new InetSocketAddress(address, LOCAL_ECHO)));
        sockets.add(socket);
        Thread.ofPlatform().daemon().name("echo").start(() -> {
            var packet = new DatagramPacket(new byte[DATAGRAM_MAX], DATAGRAM_MAX);
            try {
                while (true) {
                    packet.setLength(DATAGRAM_MAX);
                    socket.receive(packet);
                    socket.send(packet);
                }
            } catch (IOException _) {
                // The lab is closed.
            }
        });
    }

    DatagramSocket socket(Host host, int port) {
        var socket = host.in(() -> new DatagramSocket(port));
        sockets.add(socket);
        return socket;
    }

    /// Who answers at a port of the VIP.
    String who(Family family, int port) {
        return client.tryOutput("curl -s -m 2 " + family.url(family.vip, port) + "who");
    }

    /// Writes a file of random bytes where curl and nginx find it.
    Path file(String name, int megabytes) throws IOException {
        byte[] bytes = new byte[megabytes << 20];
        new Random(megabytes).nextBytes(bytes);
        return Files.write(served(name), bytes);
    }

    Path served(String name) {
        return directory.resolve("www").resolve(name);
    }

    void curl(String arguments) {
        client.with("curl -sS --fail --connect-timeout 5 -m 60 " + arguments);
    }

    long count(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
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
    public void close() {
        sockets.forEach(DatagramSocket::close);
        engine.close();
        lab.close();
    }
}
