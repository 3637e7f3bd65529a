package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Nginx;
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
import java.util.stream.IntStream;

/// A realserver with the servers that people run, behind LVS-NAT: nginx (port 80), rsyncd (873), dnsmasq (53) and iperf3 (5201 for IPv4, 5206
/// for IPv6: it serves one test at a time).
///
/// ```
///   client 192.0.2.50 --- director .2, VIP .10 | 10.1.0.2, gateway .1 --- 10.1.0.11 rs      2001:db8::/64, fd00:1::/64
/// ```
final class ProgramsLab extends EngineLab {
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

    final Host client;
    final Host director;
    final Host realServer;
    final Nginx web;
    private final Path directory;
    private final boolean schedule;
    private final PacketEngine engine;

    /// @param offload whether the kernel forwards
    /// @param schedule whether the kernel makes connections, too
    ProgramsLab(Path directory, int mtu, boolean offload, boolean schedule) throws Exception {
        this.directory = directory;
        web = new Nginx(directory);
        this.schedule = schedule;
        var outside = lab.segment("out");
        var inside = lab.segment("in");
        client = lab.host("client").ipv6();
        client.nic("eth0", outside, "192.0.2.50/24", "2001:db8::50/64").mtu(mtu);
        director = lab.host("director").ipv6();
        director.nic("eth0", outside, "192.0.2.2/24", "2001:db8::2/64").mtu(mtu);
        director.nic("eth1", inside, "10.1.0.2/24", "fd00:1::2/64").mtu(mtu);
        realServer = lab.host("rs").ipv6();
        realServer.nic("eth0", inside, "10.1.0.11/24", "fd00:1::11/64").mtu(mtu);
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
        var _ = web.start(realServer, "listen 80; listen [::]:80;");
        Files.writeString(web.served("ready"), "yes");
        Files.writeString(directory.resolve("rsyncd.conf"), """
                use chroot = no
                reverse lookup = no
                uid = 0
                gid = 0
                [www]
                  path = %s
                  read only = no
                """.formatted(web.served("")));
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

    /// What curl prints, and `code:` with its exit code.
    String curl(String arguments) {
        return client.tryOutput("curl -sS --fail --connect-timeout 5 -m 60 -w code:%{exitcode} " + arguments);
    }

    @Override
    PacketEngine engine() {
        return engine;
    }
}
