package hadirector.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.NeedsCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the build packs, unpacked and run as an operator does.
@Tag("lab")
class TarballLabTest {
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir private static Path folder = Path.of("");
    private static Path director = Path.of("");

    @BeforeAll
    static void unpack() throws Exception {
        Outcome.unpackTarball(folder);
        director = folder.resolve("bin/director");
    }

    @Test
    void tellsItsVersion() throws Exception {
        var version = run(Map.of("DIRECTOR_JAVA", JAVA), director.toString(), "version");
        assertThat(version.text())
                .startsWith("HA Director " + System.getProperty("version") + "\ncommit   ")
                .contains("java     " + Runtime.version());
        assertThat(version.code()).isZero();
    }

    @Test
    void findsItselfThroughALinkAndItsJavaByJavaHome() throws Exception {
        var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("bin/director"));
        var version = run(Map.of("JAVA_HOME", System.getProperty("java.home")), link.toString(), "version");
        assertThat(version.text()).startsWith("HA Director");
    }

    @Test
    void saysWhatToInstallWhereThereIsNoJava() throws Exception {
        var lost = run(Map.of("DIRECTOR_JAVA", "/nowhere/java"), director.toString(), "version");
        assertThat(lost.text()).isEqualTo("director: DIRECTOR_JAVA is /nowhere/java, which is not a program\n");
        assertThat(lost.code()).isEqualTo(1);
    }

    @Test
    void checksAConfigFile() throws Exception {
        var config = folder.resolve("proxy.conf");
        Files.writeString(
                config,
                """
                director {
                  engine = proxy
                  cluster { name = test, members { a = "127.0.0.1:7800", b = "127.0.0.2:7800" } }
                  admin-socket = "%s/none.sock"
                }
                vip-groups { web { vips = ["127.0.1.10/8@lo"], priority { a = 100, b = 50 } } }
                services {
                  shop {
                    group = web, vip = "127.0.1.10", port = 8080, protocol = tcp
                    realservers = [ { address = "127.0.2.1:8080" } ]
                  }
                }
                """
                        .formatted(folder));
        var good = check(config, "a");
        assertThat(good.text())
                .endsWith(": ok: director a of cluster test (2 members), 1 VIP group, 1 service, 1 realserver\n");
        assertThat(good.code()).isZero();
        Files.writeString(config, Files.readString(config).replace("port = 8080", "prt = 8080"));
        var bad = check(config, "a");
        assertThat(bad.text()).contains("proxy.conf:9", "prt");
        assertThat(bad.code()).isEqualTo(2);
    }

    private static Outcome check(Path config, String name) throws Exception {
        return run(
                Map.of("DIRECTOR_JAVA", JAVA),
                director.toString(),
                "check",
                "--config",
                config.toString(),
                "--name",
                name);
    }

    @Test
    @NeedsCommand("bash")
    void theCompletionScriptIsOne() throws Exception {
        assertThat(run(Map.of(), "bash", "-n", folder.resolve("completion/director").toString()))
                .isEqualTo(new Outcome(0, ""));
        assertThat(folder.resolve("completion/director")).content().contains("failover", "--dry-run");
    }

    @Test
    @NeedsCommand(value = "promtool", debianPackage = "prometheus")
    void promtoolAcceptsTheRulesAndTheirTests() throws Exception {
        for (String words : List.of("check rules rules.yml", "check config scrape.yml", "test rules rules-test.yml")) {
            var command = new ArrayList<>(List.of("promtool"));
            command.addAll(List.of(words.split(" ", -1)));
            var said = Outcome.of(folder.resolve("prometheus"), Map.of(), command);
            assertThat(said.code()).as(said.text()).isZero();
        }
    }

    @Test
    @NeedsCommand(value = "systemd-analyze", debianPackage = "systemd")
    void systemdUnderstandsTheUnit() throws Exception {
        String unit = Files.readString(folder.resolve("systemd/ha-director.service"));
        var here = folder.resolve("ha-director.service");
        Files.writeString(
                here,
                unit.replace("/usr/bin/director", director.toString()).replace("Documentation=man:director(8)\n", ""));
        var said = run(Map.of(), "systemd-analyze", "verify", here.toString());
        assertThat(said.text().lines().filter(line -> line.contains("ha-director"))).isEmpty();
    }

    private static Outcome run(Map<String, String> environment, String... words) throws Exception {
        return Outcome.of(folder, environment, List.of(words));
    }
}
