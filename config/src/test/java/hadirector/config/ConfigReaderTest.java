package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Accelerate;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.config.DirectorConfig.Pin;
import hadirector.model.AccessList;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import hadirector.model.TunnelKind;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    private static final String SMALLEST = """
            director { cluster { name = edge, members { lb1 = "127.0.0.1:7800" } } }
            vip-groups { web { vips = ["127.0.0.10/8@lo"], priority { lb1 = 1 } } }
            services { shop { group = web, vip = "127.0.0.10", port = 8080, realservers = [{ address = "127.0.0.11:80" }] } }
            """;

    @TempDir
    private Path directory = Path.of("");

    private ConfigFile file(String text) {
        return new ConfigFile(directory, text);
    }

    @Test
    void readsTheSampleToTheseValues() {
        var group = new VipGroup(
                "web",
                List.of(new Vip(IpAddress.of("192.0.2.10"), 24, "eth0")),
                List.of(new Vip(IpAddress.of("10.1.0.1"), 24, "eth1")),
                Map.of("lb1", 100, "lb2", 50),
                false);
        var schedule = new Check.Schedule(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3);
        var service = new VirtualService(
                "shop",
                "web",
                Protocol.TCP,
                Endpoint.of("192.0.2.10:80"),
                SchedulerKind.WLC,
                new Timeouts(Duration.ofMinutes(15), Duration.ofMinutes(2), Duration.ofMinutes(5)),
                Optional.of(new Check.Http(schedule, false, "/health", Optional.empty(), List.of(), Optional.empty())),
                List.of(
                        new RealServer(Endpoint.of("10.1.0.11:80"), 1, ForwardingMethod.NAT),
                        new RealServer(Endpoint.of("10.1.0.12:80"), 2, ForwardingMethod.DIRECT_ROUTING)));
        assertThat(file(Sample.TEXT).on("lb2").config()).isEqualTo(new DirectorConfig(
                "lb2",
                Engine.of(EngineChoice.AUTO),
                1048576,
                Cluster.of(
                        "edge",
                        Map.of("lb1", Endpoint.of("10.0.9.1:7800"), "lb2", Endpoint.of("10.0.9.2:7800")),
                        Duration.ofMillis(600)).encrypted(Path.of("/etc/ha-director/keys")),
                Path.of("/run/ha-director/admin.sock"),
                Optional.of(Endpoint.of("0.0.0.0:9620")),
                Map.of("web", group),
                Map.of("shop", service)));
    }

    @Test
    void fillsInTheDefaultsOfWhatIsLeftOut() {
        var config = file(SMALLEST).config();
        assertThat(config.engine()).isEqualTo(Engine.of(EngineChoice.AUTO));
        assertThat(config.connectionsMax()).isEqualTo(1048576);
        assertThat(config.cluster().detection()).isEqualTo(Duration.ofMillis(600));
        assertThat(config.adminSocket()).isEqualTo(Path.of("/run/ha-director/admin.sock"));
        assertThat(config.metrics()).isEmpty();
        assertThat(config.groups()).containsValue(new VipGroup(
                "web", List.of(new Vip(IpAddress.of("127.0.0.10"), 8, "lo")), List.of(), Map.of("lb1", 1), false));
        assertThat(config.services()).containsValue(new VirtualService(
                "shop",
                "web",
                Protocol.TCP,
                Endpoint.of("127.0.0.10:8080"),
                SchedulerKind.WLC,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(Endpoint.of("127.0.0.11:80"), 1, ForwardingMethod.NAT))));
    }

    @Test
    void theEngineIsAWordOrASection() {
        assertThat(engine("engine = proxy")).isEqualTo(Engine.of(EngineChoice.PROXY));
        assertThat(engine("engine { offload = off }")).isEqualTo(new Engine(EngineChoice.AUTO, false, Accelerate.AUTO, Pin.AUTO));
        assertThat(engine("engine { kind = packet, offload = on, accelerate = xdp }"))
                .isEqualTo(new Engine(EngineChoice.PACKET, true, Accelerate.XDP, Pin.AUTO));
        assertThat(engine("engine.accelerate = off")).isEqualTo(new Engine(EngineChoice.AUTO, true, Accelerate.OFF, Pin.AUTO));
        assertThat(engine("engine.pin = off").pin()).isEqualTo(Pin.OFF);
        assertThat(engine("engine.pin = \"/run/bpf\"").pin()).isEqualTo(new Pin(true, Optional.of(Path.of("/run/bpf"))));
    }

    private Engine engine(String text) {
        return file(Sample.TEXT.replace("engine = auto", text)).config().engine();
    }

    @Test
    void readsTheOptionsOfAService() {
        assertThat(options("")).isEqualTo(ServiceOptions.DEFAULT);
        assertThat(options("""
                scheduler = mh, scheduler-offload = on, syn-guard { half-open-max = 1000 }, mss-clamp = 1380, sync = none
                acl { allow = ["10.0.0.0/8", "2001:db8::/32"], deny = ["10.9.0.0/16", "10.1.2.3"] }
                """))
                .isEqualTo(new ServiceOptions(
                        new AccessList(
                                List.of(Prefix.of("10.0.0.0/8"), Prefix.of("2001:db8::/32")),
                                List.of(Prefix.of("10.9.0.0/16"), Prefix.of("10.1.2.3/32"))),
                        true,
                        1000,
                        OptionalInt.of(1380),
                        SyncMode.NONE));
        assertThat(options("sync = committed").sync()).isEqualTo(SyncMode.COMMITTED);
        assertThat(options("mss-clamp = off, scheduler-offload = off, syn-guard {}, acl {}"))
                .isEqualTo(ServiceOptions.DEFAULT);
    }

    private ServiceOptions options(String text) {
        var services = file(SMALLEST.replace("port = 8080,", "port = 8080\n" + text + "\n")).config().services();
        return services.values().iterator().next().options();
    }

    @Test
    void addressesMayBeOfEitherFamily() {
        var config = file(Sample.TEXT
                        .replace("192.0.2.10/24", "2001:db8::10/64").replace("192.0.2.10", "2001:db8::10")
                        .replace("10.1.0.1/24", "fd00:1::1/64").replace("preempt = false", "masquerade = [\"10.1.0.0/24\", \"fd00:1::/64\"]")
                        .replace("10.1.0.11:80", "[fd00:1::11]:80").replace("10.1.0.12:80", "[fd00:1::12]:80"))
                .config();
        var group = config.groups().values().iterator().next();
        assertThat(group.addresses()).extracting(Object::toString).containsExactly("2001:db8::10/64@eth0", "fd00:1::1/64@eth1");
        assertThat(group.masquerade()).containsExactly(Prefix.of("10.1.0.0/24"), Prefix.of("fd00:1::/64"));
        assertThat(config.services().values().iterator().next().realServers())
                .extracting(server -> server.endpoint().toString())
                .containsExactly("[fd00:1::11]:80", "[fd00:1::12]:80");
    }

    @Test
    void aProxyMayMixTheFamilies() {
        assertThat(file(SMALLEST.replace("director {", "director { engine = proxy,").replace("127.0.0.11:80", "[::1]:80")).problems())
                .isEmpty();
        assertThat(file(SMALLEST.replace("127.0.0.11:80", "[::1]:80")).problems()).hasSize(1);
    }

    @Test
    void readsEveryKindOfCheck() {
        var usual = new Check.Schedule(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3);
        assertThat(check("type = tcp")).isEqualTo(new Check.Tcp(usual));
        assertThat(check("type = ping, interval = 500ms, timeout = 0.25s, rise = 1, fall = 5"))
                .isEqualTo(new Check.Ping(new Check.Schedule(Duration.ofMillis(500), Duration.ofMillis(250), 1, 5)));
        assertThat(check("type = http"))
                .isEqualTo(new Check.Http(usual, false, "/", Optional.empty(), List.of(), Optional.empty()));
        assertThat(check("type = https, path = \"/up?x=1\", host = a.example, status = [204, \"200-202\"], body = ok"))
                .isEqualTo(new Check.Http(
                        usual, true, "/up?x=1", Optional.of("a.example"), List.of(200, 201, 202, 204), Optional.of("ok")));
        assertThat(check("type = http, status = 301"))
                .isEqualTo(new Check.Http(usual, false, "/", Optional.empty(), List.of(301), Optional.empty()));
        assertThat(check("type = command, argv = [/bin/check, -n, 3], environment { LEVEL = 2 }"))
                .isEqualTo(new Check.Command(usual, List.of("/bin/check", "-n", "3"), Map.of("LEVEL", "2")));
    }

    private Check check(String text) {
        var services = file(SMALLEST.replace("port = 8080,", "port = 8080, check { " + text + " },")).config().services();
        return services.values().iterator().next().check().orElseThrow();
    }

    @Test
    void readsTheTunnelOfEachRealserver() {
        var text = SMALLEST.replace("port = 8080, realservers = [{ address = \"127.0.0.11:80\" }]", """
                port = 80, method = tun, tun = gre, realservers = [
                  { address = "10.1.0.11:80" }, { address = "10.1.0.12:80", tun = "gue:6080" },
                  { address = "10.1.0.13:80", tun = ipip }, { address = "10.1.0.14:80", method = dr }]""");
        var servers = file(text).config().services().values().iterator().next().realServers();
        assertThat(servers).extracting(RealServer::tunnel).containsExactly(
                Optional.of(new TunnelKind.Gre()),
                Optional.of(new TunnelKind.Gue(6080)),
                Optional.of(new TunnelKind.Ipip()),
                Optional.empty());
        assertThat(servers).extracting(ChangeText::method)
                .containsExactly("tun gre", "tun gue:6080", "tun ipip", "dr");
    }

    @Test
    void keepsTheOrderOfTheFile() {
        var text = SMALLEST.replace("{ lb1 = \"127.0.0.1:7800\" }", """
                {
                  zebra = "127.0.0.3:7800"
                  lb1 = "127.0.0.1:7800"
                  ant = "127.0.0.2:7800"
                }
                """);
        assertThat(file(text).config().cluster().members().keySet()).containsExactly("zebra", "lb1", "ant");
    }

    @Test
    void takesTheNameFromTheCommandLineBeforeTheFileBeforeTheHost() {
        assertThat(file(Sample.TEXT).on("lb2").config().name()).isEqualTo("lb2");
        assertThat(file(Sample.TEXT).on("lb2.example.org").config().name()).isEqualTo("lb2");
        var named = Sample.with("engine = auto", "name = lb1");
        assertThat(file(named).on("elsewhere").config().name()).isEqualTo("lb1");
        assertThat(file(named).on("elsewhere").named("lb2").config().name()).isEqualTo("lb2");
    }

    @Test
    void saysWhereAnUnknownNameCameFrom() {
        assertThat(file(Sample.TEXT).on("www").problems())
                .containsExactly("director.conf:1: director.name: is www (the host name), must be one of lb1, lb2, "
                        + "the keys of director.cluster.members");
        assertThat(file(Sample.TEXT).named("lb9").problems())
                .containsExactly("director.conf:1: director.name: is lb9 (by --name), must be one of lb1, lb2, "
                        + "the keys of director.cluster.members");
    }

    @Test
    void leavesTheInterfacesOfOtherDirectorsGroupsAlone() {
        var text = SMALLEST.replace("lb1 = 1 }", "lb1 = 1 } }\n dmz { vips = [\"192.0.2.10/24@eth9\"], priority { lb2 = 1 }")
                .replace("members { ", "members { lb2 = \"127.0.0.2:7800\", ");
        assertThat(file(text).problems()).isEmpty();
        assertThat(file(text).on("lb2").problems())
                .containsExactly("director.conf:3: vip-groups.dmz.vips[0]: is 192.0.2.10/24@eth9, must be on an interface "
                        + "of this machine, because lb2 may hold the group and has no eth9");
    }

    @Test
    void acceptsAllWaysToServeTheSameAddress() {
        var more = "services { a { group = web, vip = \"192.0.2.10\", port = 80, protocol = udp, realservers = "
                + "[{ address = \"10.1.0.11:53\" }] }, b { group = web, vip = \"192.0.2.10\", port = 81, realservers = "
                + "[{ address = \"10.1.0.11:80\" }] } }";
        assertThat(file(Sample.TEXT + more).problems()).isEmpty();
    }

    @Test
    void warnsOfWhatIsHardlyMeant() {
        assertThat(file(Sample.TEXT.substring(0, Sample.TEXT.indexOf("services {"))).warnings())
                .containsExactly("director.conf:1: has no services: the directors hold VIPs and forward nothing");
        assertThat(file(SMALLEST.replace("[{ address = \"127.0.0.11:80\" }]", "[]")).warnings())
                .containsExactly("director.conf:3: services.shop.realservers: is empty: the service refuses every connection");
        assertThat(file(Sample.with("engine = auto", "engine = proxy")).warnings())
                .containsExactly("director.conf:28: services.shop.realservers[1].address: has method dr, which engine = "
                        + "proxy cannot do: it is served as a proxy's server");
        assertThat(file(Sample.TEXT).warnings()).isEmpty();
    }

    @Test
    void refusesLoopbackVipsForThePacketEngine() {
        assertThat(file(SMALLEST.replace("director {", "director { engine = packet,")).problems())
                .containsExactly("director.conf:2: vip-groups.web.vips[0]: is 127.0.0.10/8@lo, must be outside 127.0.0.0/8, "
                        + "because engine = packet takes frames from a wire");
    }

    @Test
    void refusesADirectorsOwnAddressAsAVip() {
        assertThat(file(Sample.with("192.0.2.10/24@eth0", "10.0.9.2/24@eth0").replace("\"192.0.2.10\"", "\"10.0.9.2\"")).problems())
                .containsExactly("director.conf:13: vip-groups.web.vips[0]: is 10.0.9.2/24@eth0, must be an address of its "
                        + "own, because director lb2 is reached by it");
    }
}
