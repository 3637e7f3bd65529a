package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDifferenceTest {
    @TempDir
    private Path directory = Path.of("");

    private DirectorConfig config(String text) {
        return new ConfigFile(directory, text).config();
    }

    private List<String> fromSampleTo(String text) {
        return ConfigDifference.between(config(Sample.TEXT), config(text)).lines();
    }

    @Test
    void equalConfigsDoNotDiffer() {
        var difference = ConfigDifference.between(config(Sample.TEXT), config(Sample.TEXT));
        assertThat(difference.isEmpty()).isTrue();
        assertThat(difference.lines()).isEmpty();
    }

    @Test
    void servicesComeAndGo() {
        String mail = "mail { group = web, vip = \"192.0.2.10\", port = 25, realservers = [{ address = \"10.1.0.11:25\" }] }";
        String both = Sample.with("services {", "services {\n  " + mail);
        assertThat(fromSampleTo(both)).containsExactly("+ service mail (tcp 192.0.2.10:25, wlc, 1 realserver)");
        assertThat(ConfigDifference.between(config(both), config(Sample.TEXT)).lines())
                .containsExactly("- service mail (tcp 192.0.2.10:25, wlc, 1 realserver)");
    }

    @Test
    void aServiceWithAnotherAddressIsAnotherService() {
        assertThat(fromSampleTo(Sample.with("port = 80", "port = 81").replace("method = dr", "method = nat")))
                .containsExactly(
                        "- service shop (tcp 192.0.2.10:80, wlc, 2 realservers)",
                        "+ service shop (tcp 192.0.2.10:81, wlc, 2 realservers)");
    }

    @Test
    void everyPartOfAServiceHasItsLine() {
        assertThat(fromSampleTo(Sample.TEXT
                        .replace("scheduler = wlc", "scheduler = mh")
                        .replace("established = 15m", "established = 90s")
                        .replace("path = \"/health\"", "path = \"/up\", status = [200, 204], host = a, body = ok")
                        .replace("{ address = \"10.1.0.11:80\", weight = 1 }", "{ address = \"10.1.0.13:80\", weight = 3 }")
                        .replace("weight = 2, method = dr", "weight = 0, method = nat")))
                .containsExactly(
                        "~ scheduler shop: wlc -> mh",
                        "~ timeouts shop: established 15m, fin 2m, udp 5m -> established 90s, fin 2m, udp 5m",
                        "~ check shop: http /health every 2s, timeout 1s, rise 2, fall 3 -> "
                                + "http /up host a status 200, 204 body \"ok\" every 2s, timeout 1s, rise 2, fall 3",
                        "- realserver shop 10.1.0.11:80 (drains)",
                        "+ realserver shop 10.1.0.13:80 (nat, weight 3)",
                        "~ weight shop 10.1.0.12:80: 2 -> 0",
                        "~ method shop 10.1.0.12:80: dr -> nat");
        assertThat(fromSampleTo(Sample.TEXT.replaceAll("check \\{[^}]*}", "check { type = command, argv = [x, y], environment { A = 1 } }")))
                .containsExactly("~ check shop: http /health every 2s, timeout 1s, rise 2, fall 3 -> "
                        + "command [x, y] {A=1} every 2s, timeout 1s, rise 2, fall 3");
        assertThat(fromSampleTo(Sample.TEXT.replaceAll("check \\{[^}]*}", "")))
                .containsExactly("~ check shop: http /health every 2s, timeout 1s, rise 2, fall 3 -> none");
    }

    @Test
    void groupsChangeWhileRunning() {
        assertThat(fromSampleTo(Sample.TEXT
                        .replace("[\"192.0.2.10/24@eth0\"]", "[\"192.0.2.10/24@eth0\", \"192.0.2.11/24@eth0\"]")
                        .replace("gateways = [\"10.1.0.1/24@eth1\"]", "")
                        .replace("lb1 = 100, lb2 = 50", "lb1 = 100, lb2 = 200")
                        .replace("preempt = false\n  }", "preempt = true\n  }\n  spare { vips = [\"192.0.2.20/24@eth0\"], priority { lb2 = 1 } }")))
                .containsExactly(
                        "+ vip web 192.0.2.11/24@eth0",
                        "- gateway web 10.1.0.1/24@eth1",
                        "~ priority web: lb1 100, lb2 50 -> lb1 100, lb2 200",
                        "~ preempt web: false -> true",
                        "+ group spare (192.0.2.20/24@eth0, priority lb2 1)");
    }

    @Test
    void whatARunningDirectorIsMadeOfNeedsARestart() {
        var difference = ConfigDifference.between(config(Sample.TEXT), config(Sample.TEXT
                .replace("engine = auto", "engine = packet, name = lb2, connections-max = 2048")
                .replace("name = edge", "name = core")
                .replace("lb2 = \"10.0.9.2:7800\"", "lb2 = \"10.0.9.2:7801\"")
                .replace("detection = 600ms", "detection = 1s")
                .replace("/run/ha-director/admin.sock", "/run/x.sock")
                .replace("metrics =", "#")));
        assertThat(difference.lines()).containsExactly(
                "! director.name: lb1 -> lb2 (needs a restart)",
                "! director.engine: auto -> packet (needs a restart)",
                "! director.connections-max: 1048576 -> 2048 (needs a restart)",
                "! director.cluster.name: edge -> core (needs a restart)",
                "! director.cluster.members: lb1 10.0.9.1:7800, lb2 10.0.9.2:7800 -> lb1 10.0.9.1:7800, lb2 10.0.9.2:7801 "
                        + "(needs a restart)",
                "! director.cluster.detection: 600ms -> 1s (needs a restart)",
                "! director.cluster.lease: 400ms -> 666ms (needs a restart)",
                "! director.admin-socket: /run/ha-director/admin.sock -> /run/x.sock (needs a restart)",
                "! director.metrics: 0.0.0.0:9620 -> off (needs a restart)");
        assertThat(difference.needRestart()).hasSize(9);
    }

    @Test
    void optionsHaveTheirLines() {
        assertThat(fromSampleTo(Sample.TEXT
                        .replace("engine = auto", "engine { offload = off, accelerate = off, pin = off }")
                        .replace("preempt = false", "masquerade = [\"10.1.0.0/24\"]")
                        .replace("scheduler = wlc", """
                                scheduler = mh, scheduler-offload = on, acl { deny = ["10.0.0.0/8"] }
                                syn-guard { half-open-max = 1000 }, mss-clamp = 1380, sync = none""")))
                .containsExactly(
                        "~ masquerade web: none -> 10.1.0.0/24",
                        "~ scheduler shop: wlc -> mh",
                        "~ acl shop: none -> allow none; deny 10.0.0.0/8",
                        "~ scheduler-offload shop: off -> on",
                        "~ syn-guard.half-open-max shop: 65536 -> 1000",
                        "~ mss-clamp shop: off -> 1380",
                        "~ sync shop: async -> none",
                        "! director.engine.offload: on -> off (needs a restart)",
                        "! director.engine.accelerate: auto -> off (needs a restart)",
                        "! director.engine.pin: auto -> off (needs a restart)");
    }

    @Test
    void theOrderOfTheFileIsNoDifference() {
        assertThat(fromSampleTo(Sample.TEXT.replace(
                        "members { lb1 = \"10.0.9.1:7800\", lb2 = \"10.0.9.2:7800\" }",
                        "members { lb2 = \"10.0.9.2:7800\"\n lb1 = \"10.0.9.1:7800\" }")))
                .isEmpty();
    }
}
