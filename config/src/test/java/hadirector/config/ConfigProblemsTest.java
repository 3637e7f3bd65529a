package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files with more wrong than one value.
class ConfigProblemsTest {
    @TempDir
    private Path directory = Path.of("");

    private ConfigFile file(String text) {
        return new ConfigFile(directory, text);
    }

    @Test
    void allMistakesAreReportedAtOnceInTheOrderOfTheFile() {
        var problems = file("""
                director {
                  engin = auto
                  cluster { name = edge, members { lb1 = "10.0.9.1:7800", lb2 = nowhere }, detection = 50ms }
                }
                vip-groups {
                  web { vips = ["192.0.2.0/24@eth0"], priority { lb3 = 1 } }
                  mail { vips = ["192.0.2.20/24@eth0"], priority { lb1 = 1 } }
                }
                services {
                  shop {
                    group = webb, vip = "192.0.2.10", port = http
                    check { type = tcp, path = "/", interval = 1s, timeout = 3s, rise = 0 }
                    realservers = [
                      { address = "10.1.0.11:80", weight = heavy }
                      { adress = "10.1.0.12:80" }
                    ]
                  }
                  post { group = mail, vip = "192.0.2.10", port = 25 }
                }
                """).problems();
        assertThat(problems).containsExactly(
                "director.conf:2: director.engin: is unknown, nearest is engine (known here: admin-socket, cluster, connections-max, engine, ipvs-sync, metrics, name)",
                "director.conf:3: director.cluster.members.lb2: is nowhere, must be address:port, such as 10.0.9.1:7800",
                "director.conf:3: director.cluster.detection: is 50ms, must be from 200ms to 1m, because a busy machine is silent for less, and after more the VIPs were gone for long",
                "director.conf:6: vip-groups.web.priority.lb3: is of no director, must be of one of lb1, lb2",
                "director.conf:6: vip-groups.web.vips[0]: is 192.0.2.0/24@eth0, must be a host in its prefix, because 192.0.2.0 is the network address of /24",
                "director.conf:11: services.shop.group: is webb, must be one of web, mail, the groups of vip-groups",
                "director.conf:11: services.shop.port: is http, must be a whole number from 1 to 65535",
                "director.conf:12: services.shop.check.rise: is 0, must be a whole number from 1 to 1000",
                "director.conf:12: services.shop.check.timeout: is 3s, must be shorter than interval = 1s, because probes of one server would overlap",
                "director.conf:12: services.shop.check.path: is for http and https checks, must not be in a check of type tcp",
                "director.conf:14: services.shop.realservers[0].weight: is heavy, must be a whole number from 0 to 65535",
                "director.conf:15: services.shop.realservers[1].address: is missing, must be address:port, such as 10.1.0.11:80",
                "director.conf:15: services.shop.realservers[1].adress: is unknown, nearest is address (known here: address, method, tun, weight)",
                "director.conf:18: services.post.vip: is 192.0.2.10, must be one of 192.0.2.20, the vips of group mail",
                "director.conf:18: services.post.realservers: is missing, must be a list, such as [{ address = \"10.1.0.11:80\", weight = 1 }]");
    }

    @Test
    void anEmptyFileLacksItsSections() {
        assertThat(file("").problems()).containsExactly(
                "director.conf:1: director: is missing, must be an object, director { ... }",
                "director.conf:1: vip-groups: is missing, must be an object, vip-groups { ... }");
    }

    @Test
    void whatIsNotHoconIsReportedWithItsLine() {
        assertThat(file("director {\n  name = lb1\n").problems())
                .containsExactly("director.conf:3: expecting a close parentheses ')' here, not: end of file");
        assertThat(file("director {\n  name = lb1 }\n}").problems()).hasSize(1).first().asString()
                .startsWith("director.conf:3: ");
        assertThat(file("[1]").problems()).hasSize(1).first().asString().startsWith("director.conf:1: ");
    }

    @Test
    void aMissingFileIsAProblemAndNotAnException() {
        var result = ConfigReader.read(Path.of("/nowhere/director.conf"), Optional.empty(), Environment.ofThisMachine());
        assertThat(result).isInstanceOfSatisfying(ConfigResult.Invalid.class, invalid -> assertThat(invalid.problems())
                .hasSize(1).first().asString()
                .isEqualTo("/nowhere/director.conf: cannot be read: No such file or directory"));
    }

    @Test
    void nestingWithoutEndIsAProblemAndNotAnException() {
        assertThat(file("a=" + "[".repeat(100_000)).problems())
                .containsExactly("director.conf: is nested too deeply to be read");
    }

    @Test
    void substitutionsReachDefinitionsAndEnvironmentAndKeepTheirPlace() {
        var file = file(Sample.with("port = 80,", "port = ${definitions.port}, ")
                .replace("\"10.1.0.11:80\"", "${definitions.net}\".11:80\"")
                + "\ndefinitions { port = 80, net = 10.1.0 }");
        assertThat(file.problems()).isEmpty();
        assertThat(file.config()).isEqualTo(file(Sample.TEXT).config());
        assertThat(file(Sample.with("port = 80,", "port = ${definitions.port}, ")
                        + "\ndefinitions {\n  port = eighty\n}").problems())
                .containsExactly("director.conf:34: services.shop.port: is eighty, must be a whole number from 1 to 65535");
        assertThat(file(Sample.with("port = 80,", "port = 80\n port = ${?NO_SUCH_VARIABLE}\n")).problems()).isEmpty();
        assertThat(file(Sample.with("port = 80,", "port = ${PATH}, ")).problems()).hasSize(1).first().asString()
                .startsWith("env variables: services.shop.port: is ");
    }

    @Test
    void everySubstitutionThatLeadsNowhereIsReported() {
        assertThat(file(Sample.with("port = 80,", "port = ${nope},").replace("detection = 600ms", "detection = ${slow}")
                        .replace("{ address = \"10.1.0.11:80\", weight = 1 }", "${server}")
                        .replace("  web {", "  web = ${web2} {"))
                .problems()).containsExactly(
                "director.conf:6: director.cluster.detection: is ${slow}, must be a value of this file or an environment variable",
                "director.conf:12: vip-groups.web: is ${web2}, must be a value of this file or an environment variable",
                "director.conf:21: services.shop.port: is ${nope}, must be a value of this file or an environment variable",
                "director.conf:27: services.shop.realservers[0]: is ${server}, must be a value of this file or an environment variable");
    }

    @Test
    void substitutionsInACircleAreReported() {
        assertThat(file("a = ${b}\nb = ${a}\n").problems()).hasSize(1).first().asString()
                .startsWith("director.conf:2: Could not resolve substitution to a value: ${a} was part of a cycle");
    }

    @Test
    void includedFilesAreReadAndNamed() {
        int services = Sample.TEXT.indexOf("services {");
        var file = file(Sample.TEXT.substring(0, services) + "include \"services.conf\"\n")
                .write("services.conf", Sample.TEXT.substring(services));
        assertThat(file.problems()).isEmpty();
        assertThat(file.config().services()).containsOnlyKeys("shop");
        file.write("services.conf", Sample.with("port = 80", "port = 0").substring(services));
        assertThat(file.problems())
                .containsExactly("services.conf:3: services.shop.port: is 0, must be a whole number from 1 to 65535");
    }

    @Test
    void aMissingIncludeIsAMistakeAsItsServicesWouldVanish() {
        assertThat(file(Sample.TEXT + "include \"more.conf\"").problems()).containsExactly(
                "more.conf: is included and cannot be read, must be there, because what it sets would be missing");
        assertThat(file(Sample.TEXT + "include file(\"/nowhere/more.conf\")").problems()).containsExactly(
                "/nowhere/more.conf: is included and cannot be read, must be there, because what it sets would be missing");
        assertThat(file(Sample.TEXT + "include url(\"http://127.0.0.1:1/more.conf\")").problems()).containsExactly(
                "director.conf: includes http://127.0.0.1:1/more.conf, must include files only, because a director must start without its network");
    }

    @Test
    void aServiceThatStandsTwiceIsNotMergedSilently() {
        String shop = "{ group = web, vip = \"192.0.2.10\", port = 81, realservers = [] }";
        assertThat(file(Sample.with("services {", "services {\n  shop " + shop)).problems())
                .containsExactly("director.conf:21: services.shop: is here again, must be once, because HOCON would "
                        + "merge it silently with line 20");
        assertThat(file(Sample.with("port = 80,", "port = 81, # not port = 82\n    \"port\" : 80\n")).problems())
                .containsExactly("director.conf:22: services.shop.port: is here again, must be once, because HOCON would "
                        + "merge it silently with line 21");
        assertThat(file(Sample.TEXT + "services { shop " + shop + " }").problems())
                .containsExactly("director.conf:32: services.shop: is here again, must be once, because HOCON would "
                        + "merge it silently with line 20");
    }

    @Test
    void mergingThatIsMeantIsAllowed() {
        var text = Sample.with("method = dr", "method = nat")
                + """
                services.shop.port = 81
                services.shop.port = 82
                services {
                  mail = ${services.shop} { port = 25, scheduler = rr }
                }
                """;
        var services = file(text).config().services();
        assertThat(services.get("shop")).extracting(shop -> shop.vip().port()).isEqualTo(82);
        assertThat(services.get("mail")).extracting(mail -> mail.realServers().size()).isEqualTo(2);
    }

    @Test
    void moreRealServersInAllThanThePacketEngineCanCountAreRefused() {
        var servers = IntStream.range(0, 8193)
                .mapToObj(i -> "{ address = \"10.2.%d.%d:80\" }".formatted(i >> 8, i & 0xff))
                .collect(Collectors.joining(","));
        var text = Sample.with("method = dr", "method = nat");
        text = text.substring(0, text.indexOf("realservers = [")) + "realservers = [" + servers + "]}}";
        assertThat(file(text).problems())
                .containsExactly("director.conf:19: services: has 8193 realservers in all, must have at most 8192 for the packet engine");
    }

    @Test
    void moreRealServersThanNumbersForThemAreRefused() {
        var text = Sample.TEXT.substring(0, Sample.TEXT.indexOf("realservers = ["))
                + "realservers = [{}" + ",{}".repeat(65535) + "]}}";
        assertThat(file(text).problems())
                .containsExactly("director.conf:26: services.shop.realservers: has 65536 realservers, must have at most 65535");
    }
}
