package hadirector.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.NeedsCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `install` of the tarball, below a DESTDIR: nothing of this machine is touched.
@Tag("lab")
class InstallLabTest {
    @TempDir private static Path tarball = Path.of("");
    @TempDir private Path root = Path.of("");

    @BeforeAll
    static void unpack() throws Exception {
        Outcome.unpackTarball(tarball);
    }

    private Outcome install(String... words) throws Exception {
        return installFrom(tarball, words);
    }

    private Outcome installFrom(Path folder, String... words) throws Exception {
        var command = new ArrayList<>(List.of(folder.resolve("install").toString()));
        command.addAll(List.of(words));
        return Outcome.of(folder, Map.of("DESTDIR", root.toString()), command);
    }

    /// Every file and link, with its permissions or target.
    private Map<String, String> files() throws Exception {
        var files = new TreeMap<String, String>();
        try (var all = Files.walk(root)) {
            for (Path path : all.filter(each -> !Files.isDirectory(each)).toList()) {
                files.put("/" + root.relativize(path), Files.isSymbolicLink(path) ? "-> " + Files.readSymbolicLink(path)
                        : PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            }
        }
        return files;
    }

    @Test
    void putsEveryFileInItsPlaceAndTheDirectorRuns() throws Exception {
        var installed = install();
        assertThat(installed.code()).as(installed.text()).isZero();
        assertThat(files())
                .containsEntry("/usr/bin/director", "-> ../lib/ha-director/bin/director")
                .containsEntry("/usr/lib/ha-director/bin/director", "rwxr-xr-x")
                .containsEntry("/usr/lib/ha-director/lib/ha-director.jar", "rw-r--r--")
                .containsEntry("/usr/lib/ha-director/realserver/dr-setup", "rwxr-xr-x")
                .containsEntry("/usr/lib/ha-director/prometheus/rules.yml", "rw-r--r--")
                .containsEntry("/usr/lib/systemd/system/ha-director.service", "rw-r--r--")
                .containsEntry("/usr/lib/sysusers.d/ha-director.conf", "rw-r--r--")
                .containsEntry("/usr/share/man/man8/director.8", "rw-r--r--")
                .containsEntry("/usr/share/man/man5/director.conf.5", "rw-r--r--")
                .containsEntry("/usr/share/bash-completion/completions/director", "rw-r--r--")
                .containsEntry("/etc/ha-director/director.conf", "rw-r-----");
        assertThat(files().keySet()).noneMatch(path -> path.endsWith(".new"));
        var version =
                Outcome.of(
                        root,
                        Map.of("JAVA_HOME", System.getProperty("java.home")),
                        List.of(root.resolve("usr/bin/director").toString(), "version"));
        assertThat(version.text()).startsWith("HA Director " + System.getProperty("version"));
    }

    @Test
    void aSecondRunFindsNothingToDoAndMendsWhatWasChanged() throws Exception {
        assertThat(install().code()).isZero();
        var before = files();
        assertThat(install()).isEqualTo(new Outcome(0, "nothing to do: all of it is installed under " + root + "/usr\n"));
        var jar = root.resolve("usr/lib/ha-director/lib/ha-director.jar");
        Files.writeString(jar, "broken");
        Files.writeString(root.resolve("usr/lib/ha-director/lib/of-an-older-version.jar"), "old");
        assertThat(install().text().lines())
                .containsExactly("write " + jar, "remove " + root + "/usr/lib/ha-director/lib/of-an-older-version.jar");
        assertThat(files()).isEqualTo(before);
        assertThat(Files.mismatch(jar, tarball.resolve("lib/ha-director.jar"))).isEqualTo(-1);
    }

    @Test
    void anUpgradeLeavesTheRunningDirectorsJarToIt() throws Exception {
        assertThat(install().code()).isZero();
        var jar = root.resolve("usr/lib/ha-director/lib/ha-director.jar");
        Files.writeString(jar, "of the running version");
        try (var open = Files.newInputStream(jar)) {
            assertThat(install().code()).isZero();
            assertThat(open.readAllBytes()).asString().isEqualTo("of the running version");
        }
    }

    @Test
    void theOperatorsConfigStaysThroughUpgradeAndUninstall() throws Exception {
        var config = root.resolve("etc/ha-director/director.conf");
        Files.createDirectories(config.getParent());
        Files.writeString(config, "# mine");
        assertThat(install().code()).isZero();
        assertThat(config).hasContent("# mine");
        var gone = installFrom(root.resolve("usr/lib/ha-director"), "--uninstall");
        assertThat(gone.code()).as(gone.text()).isZero();
        assertThat(files()).containsOnlyKeys("/etc/ha-director/director.conf");
        assertThat(install("--uninstall")).isEqualTo(new Outcome(0, "nothing to do: nothing of it is under " + root + "/usr\n"));
    }

    @Test
    void aDryRunOnlyTells() throws Exception {
        assertThat(install("--dry-run").text())
                .contains("would write " + root + "/usr/lib/ha-director/lib/ha-director.jar\n", "would link ");
        assertThat(files()).isEmpty();
        assertThat(install().code()).isZero();
        var before = files();
        assertThat(install("--uninstall", "--dry-run").text()).contains("would remove " + root + "/usr/lib/ha-director\n");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void anotherPrefixIsInTheUnitToo() throws Exception {
        assertThat(install("--prefix", "/opt/ha/").code()).isZero();
        assertThat(files())
                .containsKey("/opt/ha/lib/ha-director/lib/ha-director.jar")
                .containsEntry("/opt/ha/bin/director", "-> ../lib/ha-director/bin/director");
        assertThat(root.resolve("etc/systemd/system/ha-director.service"))
                .content()
                .contains("ExecStart=/opt/ha/bin/director run\n", "ExecReload=/opt/ha/bin/director reload\n")
                .doesNotContain("/usr/bin/director");
    }

    @Test
    void mistakesAreExplained() throws Exception {
        assertThat(install("--help").text()).startsWith("usage: install ");
        assertThat(install("--prefix", "opt").code()).isEqualTo(2);
        assertThat(install("--prefix", "/a b").code()).isEqualTo(2);
        assertThat(install("--now").text()).endsWith("install: unknown option --now\n");
        var link = root.resolve("usr/bin/director");
        Files.createDirectories(link.getParent());
        Files.writeString(link, "another program");
        assertThat(install())
                .isEqualTo(new Outcome(1, "install: " + link + " is another program; use --prefix\n"));
        assertThat(files()).containsOnlyKeys("/usr/bin/director");
    }

    @Test
    @NeedsCommand("shellcheck")
    void shellcheckAcceptsTheScripts() throws Exception {
        assertThat(Outcome.of(tarball, Map.of(), List.of("shellcheck", "install", "bin/director", "realserver/dr-setup", "realserver/nat-setup", "realserver/tun-setup")))
                .isEqualTo(new Outcome(0, ""));
    }
}
