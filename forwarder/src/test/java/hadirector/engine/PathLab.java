package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.DatagramEcho;
import hadirector.lab.Host;
import hadirector.lab.Nginx;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// LVS-NAT with routers on both sides, whose next links are narrower than their neighbours know:
///
/// ```
///   client .50 --- far --- .1 router .254 --- out --- .2 director .2 --- in --- .254 router .254 --- deep --- .11 rs
///   198.51.100 |           <- mtu 1300  | 192.0.2   VIPs .10 .11    10.1.0 (gateway .1)    mtu 1400 ->  | 10.2.0
/// ```
///
/// The same over IPv6. nginx on port 80, echo of datagrams on port 5300.
final class PathLab extends EngineLab {
    static final int CLIENT_MTU = 1300;
    static final int SERVER_MTU = 1400;
    static final int WEB = 80;
    static final int ECHO = 5300;

    /// The web again, with segments of at most [#MSS].
    static final int CLAMPED = 8080;

    static final int MSS = 1200;

    /// Emulated hardware stands still for longer than the usual one, which is not the subject here.
    private static final Duration LEASE = Duration.ofMinutes(1);

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

    final Host client;
    final Host director;
    final Host realServer;
    final Host serverRouter;
    final Host clientRouter;
    final Nginx web;
    private final PacketEngine engine;
    private final DatagramEcho echo;

    /// @param offload whether the kernel forwards, too
    PathLab(Path directory, boolean offload) throws Exception {
        var far = lab.segment("far");
        var out = lab.segment("out");
        var in = lab.segment("in");
        var deep = lab.segment("deep");
        client = lab.host("client").ipv6();
        client.nic("eth0", far, "198.51.100.50/24", "2001:db8:51::50/64");
        route(client, "default", "198.51.100.1", "default", "2001:db8:51::1");
        clientRouter = router("crouter");
        clientRouter.nic("eth0", far, "198.51.100.1/24", "2001:db8:51::1/64");
        clientRouter.nic("eth1", out, "192.0.2.254/24", "2001:db8::fe/64");
        narrow(clientRouter, "eth0", "198.51.100.50", "2001:db8:51::50", CLIENT_MTU);
        director = lab.host("director").ipv6();
        director.nic("eth0", out, "192.0.2.2/24", "2001:db8::2/64");
        director.nic("eth1", in, "10.1.0.2/24", "fd00:1::2/64");
        route(director, "198.51.100.0/24", "192.0.2.254", "2001:db8:51::/64", "2001:db8::fe");
        route(director, "10.2.0.0/24", "10.1.0.254", "fd00:2::/64", "fd00:1::fe");
        serverRouter = router("srouter");
        serverRouter.nic("eth0", in, "10.1.0.254/24", "fd00:1::fe/64");
        serverRouter.nic("eth1", deep, "10.2.0.254/24", "fd00:2::fe/64");
        route(serverRouter, "default", V4.gateway, "default", V6.gateway);
        narrow(serverRouter, "eth1", V4.server, V6.server, SERVER_MTU);
        realServer = lab.host("rs").ipv6();
        realServer.nic("eth0", deep, "10.2.0.11/24", "fd00:2::11/64");
        route(realServer, "default", "10.2.0.254", "default", "fd00:2::fe");
        web = new Nginx(directory).start(
                realServer, "listen 80; listen [::]:80; listen 8080; listen [::]:8080; location /slow { limit_rate 1m; }");
        Files.writeString(web.served("ready"), "yes");
        echo = new DatagramEcho(realServer, new InetSocketAddress(ECHO));
        engine = director.in(() -> new PacketEngine(new EngineOptions(1_000, offload, EngineOptions.Accelerate.OFF, LEASE), events::add));
        configure();
        Await.until("HTTP", () -> client.tryOutput("curl -s -m 1 " + V4.url(V4.vip) + "ready").contains("yes"));
        Await.until("HTTP over IPv6", () -> client.tryOutput("curl -s -m 1 " + V6.url(V6.vip) + "ready").contains("yes"));
    }

    private Host router(String name) {
        return lab.host(name).ipv6().sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
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
                new ServiceOptions(AccessList.OPEN, false, 1_000, port == CLAMPED ? OptionalInt.of(MSS) : OptionalInt.empty(), SyncMode.ASYNC));
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

    @Override
    PacketEngine engine() {
        return engine;
    }

    @Override
    public void close() {
        echo.close();
        super.close();
    }
}
