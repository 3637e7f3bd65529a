package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Await;
import hadirector.lab.Decapsulator;
import hadirector.lab.Host;
import hadirector.lab.Nginx;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A realserver with nginx two hops away from the director, reached by LVS-Tun of every kind over both families; it answers the
/// client itself, by the router.
///
/// ```
///   outside 192.0.2.0/24 2001:db8::/64     client .50    director .2    router .254
///   inside  10.1.0.0/24  fd00:1::/64                     director .2    router .254
///   far     10.2.0.0/24  fd00:2::/64                                    router .254    realserver .11, VIPs on lo
/// ```
final class TunnelLab extends EngineLab {
    static final String VIP = "192.0.2.10";
    static final String VIP6 = "2001:db8::10";
    private static final int FIRST_PORT = 8081;
    private static final int GUE_PORT = 6080;
    private static final List<TunnelKind> KINDS =
            List.of(new TunnelKind.Ipip(), new TunnelKind.Gre(), new TunnelKind.Gue(GUE_PORT));

    /// One way to the realserver: all services on this port use it.
    record Way(int port, TunnelKind kind, boolean outerV6, boolean innerV6) {
        String host() {
            return (innerV6 ? "[" + VIP6 + "]" : VIP) + ":" + port;
        }

        @Override
        public String toString() {
            return "IPv%d in %s over IPv%d".formatted(innerV6 ? 6 : 4, kind.word(), outerV6 ? 6 : 4);
        }
    }

    final Host client;
    final Host director;
    final Host router;
    final Host realServer;
    final Nginx web;
    private final Path directory;
    private final Decapsulator decapsulator;
    private final PacketEngine engine;

    /// @param mss that the realserver tells clients to use; 0 for what fits its own MTU
    TunnelLab(Path directory, int mtu, int mss, boolean offload) throws Exception {
        this.directory = directory;
        var outside = lab.segment("out");
        var inside = lab.segment("in");
        var far = lab.segment("far");
        client = lab.host("client").ipv6();
        client.nic("eth0", outside, "192.0.2.50/24", "2001:db8::50/64").mtu(mtu);
        director = lab.host("director").ipv6();
        director.nic("eth0", outside, "192.0.2.2/24", "2001:db8::2/64").mtu(mtu);
        director.nic("eth1", inside, "10.1.0.2/24", "fd00:1::2/64").mtu(mtu);
        director.with("ip route add 10.2.0.0/24 via 10.1.0.254");
        director.with("ip -6 route add fd00:2::/64 via fd00:1::fe");
        director.with("ethtool -K eth1 tx off tso off gso off");
        router = lab.host("router").ipv6();
        router.nic("eth0", outside, "192.0.2.254/24", "2001:db8::fe/64").mtu(mtu);
        router.nic("eth1", inside, "10.1.0.254/24", "fd00:1::fe/64").mtu(mtu);
        router.nic("eth2", far, "10.2.0.254/24", "fd00:2::fe/64").mtu(mtu);
        router.sysctl("net.ipv4.ip_forward", "1").sysctl("net.ipv6.conf.all.forwarding", "1");
        realServer = lab.host("rs").ipv6();
        realServer.nic("eth0", far, "10.2.0.11/24", "fd00:2::11/64").mtu(mtu);
        String advmss = mss == 0 ? "" : " advmss " + mss;
        realServer.with("ip route add default via 10.2.0.254" + advmss);
        realServer.with("ip -6 route add default via fd00:2::fe" + advmss);
        realServer.sysctl("net.ipv4.conf.all.arp_ignore", "1");
        realServer.with("ip addr add " + VIP + "/32 dev lo").with("ip addr add " + VIP6 + "/128 dev lo nodad");
        decapsulator = Decapsulator.on(realServer, "eth0", GUE_PORT);
        var listen = ways().stream().map(way -> "listen " + way.host() + ";").collect(Collectors.joining(" "));
        web = new Nginx(directory).start(realServer, listen);
        Files.writeString(web.served("ready"), "yes");
        engine = director.in(() -> new PacketEngine(options(offload), events::add));
        engine.configure(List.of(group()), ways().stream().map(TunnelLab::service).toList());
        for (var way : ways()) {
            engine.server(name(way), realServer(way), 1, true);
        }
        engine.open("web", 1);
        Await.until("HTTP by the first way", () -> fetch(ways().getFirst(), "ready", "ready") == 0);
    }

    private static EngineOptions options(boolean offload) {
        return new EngineOptions(1_000, offload, EngineOptions.Accelerate.OFF);
    }

    /// The router's way to the realserver takes no longer packets than this, as if a link behind it were so.
    void narrow(int mtu) {
        router.with("ip route change 10.2.0.0/24 dev eth2 src 10.2.0.254 mtu lock " + mtu);
        router.with("ip -6 route change fd00:2::/64 dev eth2 proto kernel metric 256 mtu lock " + mtu);
    }

    static List<Way> ways() {
        var ways = new ArrayList<Way>();
        for (boolean innerV6 : new boolean[] {false, true}) {
            int port = FIRST_PORT;
            for (var kind : KINDS) {
                ways.add(new Way(port++, kind, false, innerV6));
                ways.add(new Way(port++, kind, true, innerV6));
            }
        }
        return ways;
    }

    private static VipGroup group() {
        return new VipGroup(
                "web",
                List.of(
                        new Vip(IpAddress.of(VIP), 24, "eth0"),
                        new Vip(IpAddress.of(VIP6), 64, "eth0")),
                List.of(),
                Map.of("lb", 1),
                false);
    }

    private static String name(Way way) {
        return "s" + way.port() + (way.innerV6() ? "v6" : "v4");
    }

    private static Endpoint realServer(Way way) {
        return new Endpoint(IpAddress.of(way.outerV6() ? "fd00:2::11" : "10.2.0.11"), way.port());
    }

    private static VirtualService service(Way way) {
        return new VirtualService(
                name(way),
                "web",
                Protocol.TCP,
                new Endpoint(IpAddress.of(way.innerV6() ? VIP6 : VIP), way.port()),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(realServer(way), 1, ForwardingMethod.TUNNEL, Optional.of(way.kind()))));
    }

    /// Downloads by curl.
    ///
    /// @return its exit code
    int fetch(Way way, String file, String to) {
        return curl("-o " + directory.resolve(to) + " http://" + way.host() + "/" + file);
    }

    /// Uploads what was downloaded to `from`.
    int put(Way way, String from, String file) {
        return curl("-o /dev/null -T " + directory.resolve(from) + " http://" + way.host() + "/" + file);
    }

    private int curl(String arguments) {
        String said = client.tryOutput("curl -sS --fail --connect-timeout 5 -m 60 -w code:%{exitcode} " + arguments);
        int at = said.lastIndexOf("code:");
        return at < 0 ? -1 : Integer.parseInt(said.substring(at + 5).strip());
    }

    /// Downloads `file`, uploads what came, and compares.
    void exchange(Way way, String file) throws IOException {
        assertThat(fetch(way, file, "down")).as("download, %s", way).isZero();
        assertThat(Files.mismatch(web.served(file), directory.resolve("down"))).as("%s", way).isEqualTo(-1);
        assertThat(put(way, "down", "up")).as("upload, %s", way).isZero();
        assertThat(Files.mismatch(web.served(file), web.served("up"))).as("%s", way).isEqualTo(-1);
        Files.delete(web.served("up"));
    }

    @Override
    PacketEngine engine() {
        return engine;
    }

    @Override
    public void close() {
        decapsulator.close();
        super.close();
    }
}
