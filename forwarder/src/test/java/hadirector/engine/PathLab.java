package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.NetLab;
import hadirector.lab.Segment;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/// LVS-NAT with routers on both sides, whose next links are narrower than their neighbours know:
///
/// ```
///   client .50 --- far --- .1 router .254 --- out --- .2 director .2 --- in --- .254 router .254 --- deep --- .11 rs
///   198.51.100 |           <- mtu 1300  | 192.0.2   VIPs .10 .11    10.1.0 (gateway .1)    mtu 1400 ->  | 10.2.0
/// ```
///
/// The same over IPv6. nginx on port 80, echo of datagrams on port 5300.
final class PathLab implements AutoCloseable {
    static final int CLIENT_MTU = 1300;
    static final int SERVER_MTU = 1400;
    static final int WEB = 80;
    static final int ECHO = 5300;

    /// The web again, with segments of at most [#MSS].
    static final int CLAMPED = 8080;

    static final int MSS = 1200;
    private static final int DATAGRAM_MAX = 0xffff;

    /// The addresses of one family.
    record Family(boolean v6, String client, String director, String vip, String otherVip, String gateway, String server) {
        String url(String address) {
            return url(address, WEB);
        }

        String url(String address, int port) {
            return "http://" + (v6 ? "[" + address + "]" : address) + ":" + port + "/";
        }

        @Override
        public String toString() {
            return v6 ? "IPv6" : "IPv4";
        }
    }

    static final Family V4 =
            new Family(false, "198.51.100.50", "192.0.2.2", "192.0.2.10", "192.0.2.11", "10.1.0.1", "10.2.0.11");
    static final Family V6 =
            new Family(true, "2001:db8:51::50", "2001:db8::2", "2001:db8::10", "2001:db8::11", "fd00:1::1", "fd00:2::11");
    private static final List<Family> FAMILIES = List.of(V4, V6);

    final NetLab lab = new NetLab();
    final Host client;
    final Host director;
    final Host realServer;
    final Host serverRouter;
    final Host clientRouter;
    final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    private final Path directory;
    private final PacketEngine engine;
    private final List<DatagramSocket> sockets = new ArrayList<>();

    /// @param offload whether the kernel forwards, too
    PathLab(Path directory, boolean offload) throws Exception {
        this.directory = directory;
        var far = lab.segment("far");
        var out = lab.segment("out");
        var in = lab.segment("in");
        var deep = lab.segment("deep");
        client = host("client");
        nic(client, "eth0", far, "198.51.100.50/24", "2001:db8:51::50/64");
        route(client, "default", "198.51.100.1", "default", "2001:db8:51::1");
        clientRouter = router("crouter");
        nic(clientRouter, "eth0", far, "198.51.100.1/24", "2001:db8:51::1/64");
        nic(clientRouter, "eth1", out, "192.0.2.254/24", "2001:db8::fe/64");
        narrow(clientRouter, "eth0", "198.51.100.50", "2001:db8:51::50", CLIENT_MTU);
        director = host("director");
        nic(director, "eth0", out, "192.0.2.2/24", "2001:db8::2/64");
        nic(director, "eth1", in, "10.1.0.2/24", "fd00:1::2/64");
        route(director, "198.51.100.0/24", "192.0.2.254", "2001:db8:51::/64", "2001:db8::fe");
        route(director, "10.2.0.0/24", "10.1.0.254", "fd00:2::/64", "fd00:1::fe");
        serverRouter = router("srouter");
        nic(serverRouter, "eth0", in, "10.1.0.254/24", "fd00:1::fe/64");
        nic(serverRouter, "eth1", deep, "10.2.0.254/24", "fd00:2::fe/64");
        route(serverRouter, "default", V4.gateway, "default", V6.gateway);
        narrow(serverRouter, "eth1", V4.server, V6.server, SERVER_MTU);
        realServer = host("rs");
        nic(realServer, "eth0", deep, "10.2.0.11/24", "fd00:2::11/64");
        route(realServer, "default", "10.2.0.254", "default", "fd00:2::fe");
        startNginx();
        echo();
        engine = director.in(() -> new PacketEngine(new EngineOptions(1_000, offload, EngineOptions.Accelerate.OFF), events::add));
        configure();
        Await.until("HTTP", () -> client.tryOutput("curl -s -m 1 " + V4.url(V4.vip) + "ready").contains("yes"));
        Await.until("HTTP over IPv6", () -> client.tryOutput("curl -s -m 1 " + V6.url(V6.vip) + "ready").contains("yes"));
    }

    private Host host(String name) {
        var host = lab.host(name);
        host.shell("cd /proc/sys/net/ipv6/conf; echo 0 > all/disable_ipv6; echo 0 > default/disable_ipv6; "
                + "echo 0 > default/accept_dad; echo 0 > all/accept_dad");
        return host;
    }

    private Host router(String name) {
        return host(name).sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
    }

    private static void nic(Host host, String name, Segment segment, String v4, String v6) {
        host.nic(name, segment, v4).host().with("ip addr add " + v6 + " dev " + name + " nodad");
    }

    private static void route(Host host, String v4, String via4, String v6, String via6) {
        host.with("ip route add " + v4 + " via " + via4).with("ip -6 route add " + v6 + " via " + via6);
    }

    private static void narrow(Host router, String interfaceName, String v4, String v6, int mtu) {
        router.with("ip route add " + v4 + " dev " + interfaceName + " mtu lock " + mtu);
        router.with("ip -6 route add " + v6 + " dev " + interfaceName + " mtu lock " + mtu);
    }

    private void configure() {
        var vips = new ArrayList<Vip>();
        var gateways = new ArrayList<Vip>();
        var services = new ArrayList<VirtualService>();
        for (var family : FAMILIES) {
            for (String vip : List.of(family.vip, family.otherVip)) {
                vips.add(new Vip(IpAddress.of(vip), family.v6 ? 64 : 24, "eth0"));
                services.add(service(family, Protocol.TCP, vip, WEB));
                services.add(service(family, Protocol.TCP, vip, CLAMPED));
                services.add(service(family, Protocol.UDP, vip, ECHO));
            }
            gateways.add(new Vip(IpAddress.of(family.gateway), family.v6 ? 64 : 24, "eth1"));
        }
        engine.configure(List.of(new VipGroup("web", vips, gateways, Map.of("lb", 1), false)), services);
        for (var service : services) {
            engine.server(service.name(), service.realServers().getFirst().endpoint(), 1, true);
        }
        engine.open("web", 1);
    }

    private static VirtualService service(Family family, Protocol protocol, String vip, int port) {
        return new VirtualService(
                protocol + vip + "-" + port,
                "web",
                protocol,
                new Endpoint(IpAddress.of(vip), port),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(new Endpoint(IpAddress.of(family.server), port), 1, ForwardingMethod.NAT)),
                new ServiceOptions(AccessList.OPEN, false, 1_000, port == CLAMPED ? OptionalInt.of(MSS) : OptionalInt.empty()));
    }

    private void startNginx() throws IOException {
        Files.createDirectories(directory.resolve("www"));
        Files.writeString(directory.resolve("www/ready"), "yes");
        Files.writeString(directory.resolve("nginx.conf"), """
                user root; daemon off; worker_processes 1; pid nginx.pid;
                events {}
                http {
                  access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
                  uwsgi_temp_path tmp; scgi_temp_path tmp; sendfile on;
                  server { listen 80; listen [::]:80; listen 8080; listen [::]:8080; root www; location /slow { limit_rate 1m; } dav_methods PUT; client_max_body_size 0; }
                }
                """);
        realServer.start("nginx", "-p", directory.toString(), "-c", "nginx.conf", "-e", "error.log");
    }

    /// Sends every datagram back, until its socket is closed.
    private void echo() {
        var socket = socket(realServer, ECHO);
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

    /// Writes a file of random bytes where curl and nginx find it.
    Path file(String name, int megabytes) throws IOException {
        byte[] bytes = new byte[megabytes << 20];
        new Random(megabytes).nextBytes(bytes);
        return Files.write(directory.resolve("www").resolve(name), bytes);
    }

    Path served(String name) {
        return directory.resolve("www").resolve(name);
    }

    void curl(String arguments) {
        client.with("curl -sS --fail --connect-timeout 5 -m 30 " + arguments);
    }

    /// What client and realserver have learned of paths, so that they learn anew.
    void forgetPaths() {
        for (var host : List.of(client, realServer)) {
            host.with("ip route flush cache").with("ip -6 route flush cache");
        }
    }

    /// Gives the link between director and the router behind it another MTU.
    void insideMtu(int mtu) {
        director.with("ip link set eth1 mtu " + mtu);
        serverRouter.with("ip link set eth0 mtu " + mtu);
    }

    /// Routers drop their own "too big" or send them again.
    void silenceRouters(boolean silent) {
        for (var router : List.of(clientRouter, serverRouter)) {
            router.shell(silent
                    ? """
                      nft -f - <<END
                      table inet silence {
                        chain out {
                          type filter hook output priority 0;
                          icmp type destination-unreachable icmp code frag-needed drop
                          icmpv6 type packet-too-big drop
                        }
                      }
                      END
                      """
                    : "nft delete table inet silence");
        }
    }

    /// The interface that a router has on a link of the director's gets another MAC, and announces it.
    void changeMac(Host router, int number) {
        String on = router == clientRouter ? "eth1" : "eth0";
        router.sysctl("net.ipv4.conf." + on + ".arp_notify", "1").sysctl("net.ipv6.conf." + on + ".ndisc_notify", "1");
        router.with("ip link set %s address 02:00:00:00:%s:%02x".formatted(on, on.replace("eth", "0"), number));
    }

    EngineStats stats() {
        return engine.stats();
    }

    long count(Counter counter) {
        return stats().counters().getOrDefault(counter, 0L);
    }

    @Override
    public void close() {
        sockets.forEach(DatagramSocket::close);
        engine.close();
        lab.close();
    }
}
