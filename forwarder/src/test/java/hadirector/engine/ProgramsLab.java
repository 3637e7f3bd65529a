package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

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
import hadirector.model.Timeouts;
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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/// A realserver with the servers that people run, behind LVS-NAT: nginx (port 80), rsyncd (873), dnsmasq (53) and iperf3 (5201 for IPv4, 5206
/// for IPv6: it serves one test at a time).
///
/// ```
///   client 192.0.2.50 --- director .2, VIP .10 | 10.1.0.2, gateway .1 --- 10.1.0.11 rs      2001:db8::/64, fd00:1::/64
/// ```
final class ProgramsLab implements AutoCloseable {
    static final int WEB = 80;
    static final int RSYNC = 873;
    static final int DNS = 53;
    private static final int IPERF = 5201;
    private static final int IPERF_6 = 5206;
    private static final int STRINGS = 9;
    private static final int STRING_LENGTH = 200;

    /// The names that dnsmasq knows: an answer that fits any packet, and one that is larger than an MTU of 1500.
    static final String SMALL_NAME = "small.test";

    static final String LARGE_NAME = "large.test";

    /// How one family names things.
    record Family(boolean v6, String client, String vip, String gateway, String server) {
        String inUrl() {
            return v6 ? "[" + vip + "]" : vip;
        }

        int iperfPort() {
            return v6 ? IPERF_6 : IPERF;
        }

        @Override
        public String toString() {
            return v6 ? "IPv6" : "IPv4";
        }
    }

    static final List<Family> FAMILIES = List.of(
            new Family(false, "192.0.2.50", "192.0.2.10", "10.1.0.1", "10.1.0.11"),
            new Family(true, "2001:db8::50", "2001:db8::10", "fd00:1::1", "fd00:1::11"));

    final NetLab lab = new NetLab();
    final Host client;
    final Host director;
    final Host realServer;
    final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    private final Path directory;
    private final boolean schedule;
    private final PacketEngine engine;

    /// @param offload whether the kernel forwards
    /// @param schedule whether the kernel makes connections, too
    ProgramsLab(Path directory, int mtu, boolean offload, boolean schedule) throws Exception {
        this.directory = directory;
        this.schedule = schedule;
        Files.createDirectories(served());
        var outside = lab.segment("out");
        var inside = lab.segment("in");
        client = lab.host("client").ipv6();
        nic(client, "eth0", outside, mtu, "192.0.2.50/24", "2001:db8::50/64");
        director = lab.host("director").ipv6();
        nic(director, "eth0", outside, mtu, "192.0.2.2/24", "2001:db8::2/64");
        nic(director, "eth1", inside, mtu, "10.1.0.2/24", "fd00:1::2/64");
        realServer = lab.host("rs").ipv6();
        nic(realServer, "eth0", inside, mtu, "10.1.0.11/24", "fd00:1::11/64");
        for (var family : FAMILIES) {
            realServer.with("ip route add default via " + family.gateway);
        }
        startServers();
        engine = director.in(() -> new PacketEngine(new EngineOptions(10_000, offload, EngineOptions.Accelerate.OFF), events::add));
        configure();
        for (var family : FAMILIES) {
            Await.until("HTTP over " + family, () -> curl("http://" + family.inUrl() + "/ready").contains("yes"));
        }
    }

    private static void nic(Host host, String name, Segment segment, int mtu, String v4, String v6) {
        var nic = host.nic(name, segment);
        nic.lab().inSwitch("ip link set " + nic.port() + " mtu " + mtu);
        host.with("ip link set " + name + " mtu " + mtu);
        host.with("ip addr add " + v4 + " dev " + name).with("ip addr add " + v6 + " dev " + name + " nodad");
    }

    private void configure() {
        var services = new ArrayList<VirtualService>();
        for (var family : FAMILIES) {
            for (int port : List.of(WEB, RSYNC, DNS, family.iperfPort())) {
                services.add(service(family, Protocol.TCP, port));
            }
            services.add(service(family, Protocol.UDP, DNS));
            services.add(service(family, Protocol.UDP, family.iperfPort()));
        }
        engine.configure(
                List.of(new VipGroup("web", floating(Family::vip, "eth0"), floating(Family::gateway, "eth1"), Map.of("lb", 1), false)),
                services);
        for (var service : services) {
            engine.server(service.name(), service.realServers().getFirst().endpoint(), 1, true);
        }
        engine.open("web", 1);
    }

    private static List<Vip> floating(java.util.function.Function<Family, String> address, String interfaceName) {
        return FAMILIES.stream()
                .map(family -> new Vip(IpAddress.of(address.apply(family)), family.v6 ? 64 : 24, interfaceName))
                .toList();
    }

    private VirtualService service(Family family, Protocol protocol, int port) {
        return new VirtualService(
                "%s-%s-%d".formatted(family, protocol, port),
                "web",
                protocol,
                new Endpoint(IpAddress.of(family.vip), port),
                SchedulerKind.SH,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(new Endpoint(IpAddress.of(family.server), port), 1, ForwardingMethod.NAT)),
                ServiceLabs.options(AccessList.OPEN, schedule, 1_000));
    }

    private void startServers() throws IOException {
        Files.writeString(served().resolve("ready"), "yes");
        Files.writeString(directory.resolve("nginx.conf"), """
                user root; daemon off; worker_processes 1; pid nginx.pid;
                events {}
                http {
                  access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
                  uwsgi_temp_path tmp; scgi_temp_path tmp; sendfile on;
                  server { listen 80; listen [::]:80; root www; dav_methods PUT; client_max_body_size 0; }
                }
                """);
        var _ = realServer.start("nginx", "-p", directory.toString(), "-c", "nginx.conf", "-e", "error.log");
        Files.writeString(directory.resolve("rsyncd.conf"), """
                use chroot = no
                reverse lookup = no
                uid = 0
                gid = 0
                [www]
                  path = %s
                  read only = no
                """.formatted(served()));
        var _ = realServer.start("rsync", "--daemon", "--no-detach", "--config=" + directory.resolve("rsyncd.conf"));
        startDns();
        var _ = realServer.start("iperf3", "-s", "-p", Integer.toString(IPERF));
        var _ = realServer.start("iperf3", "-s", "-p", Integer.toString(IPERF_6));
    }

    private void startDns() {
        var command = new ArrayList<>(List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file=", "--no-resolv", "--no-hosts"));
        command.addAll(List.of("--edns-packet-max=4096", "--log-facility=-", "--txt-record=" + SMALL_NAME + ",small"));
        strings().forEach(text -> command.add("--txt-record=%s,%s".formatted(LARGE_NAME, text)));
        var _ = realServer.start(Map.of(), command);
    }

    /// What [#LARGE_NAME] stands for.
    static List<String> strings() {
        return IntStream.range(0, STRINGS).mapToObj(i -> "string%d-".formatted(i) + "x".repeat(STRING_LENGTH)).toList();
    }

    /// What the realserver serves.
    Path served() {
        return directory.resolve("www");
    }

    /// What curl prints, and `code:` with its exit code.
    String curl(String arguments) {
        return client.tryOutput("curl -sS --fail --connect-timeout 5 -m 60 -w code:%{exitcode} " + arguments);
    }

    long count(Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    /// Nothing of the engine has failed.
    void check() {
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    @Override
    public void close() {
        engine.close();
        lab.close();
    }
}
