package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.BpfFileSystem;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the shipped systemd unit leaves to a director is enough for it, to pin as well.
@Lab
@NeedsCommand(value = "setpriv", debianPackage = "util-linux")
class UnitLabTest {
    private static final Path UNIT = Path.of("..", "deploy", "systemd", "ha-director.service");
    private static final String CAPABILITIES = "CapabilityBoundingSet=";

    private static final String MAKES_FOLDER = "ExecStartPre=+-";

    private final BpfFileSystem bpf = new BpfFileSystem();
    private final DirectorPair pair = new DirectorPair(3).engine("{ kind = packet, pin = \"%s\" }".formatted(bpf.folder()));

    @AfterEach
    void close() {
        pair.close();
        bpf.close();
    }

    /// Root without the other capabilities stands for the unit's user, who could not read the class path of a build.
    @Test
    void theCapabilitiesOfTheUnitAreEnoughForThePacketEngine() throws Exception {
        pair.config(pair.service("shop", "tcp", 80) + pair.service("ping", "udp", 80));
        var confined = startConfined();
        pair.awaitHolder("lb1", "lb1");
        assertThat(bpf.pinned()).isNotEmpty();
        confined.kill();
        confined = startConfined();
        pair.awaitHolder("lb1", "lb1");
        assertThat(confined.output()).contains("took over ").doesNotContain("nothing is pinned");
        pair.start("lb2");
        pair.awaitSettled("lb1");
        assertThat(Files.readString(Path.of("/proc/" + confined.pid() + "/status")))
                .containsPattern("CapEff:\\s+%016x\n".formatted(1L << 12 | 1L << 13 | 1L << 39)); // linux/capability.h
        try (var clients = pair.pingPong(6)) {
            clients.awaitAnswers(60);
            assertThat(clients.failures()).isEmpty();
        }
        assertThat(confined.output()).doesNotContain("ERROR");
    }

    private LabProcess startConfined() throws IOException {
        var command = new ArrayList<>(List.of("setpriv", "--no-new-privs", "--bounding-set=-all," + capabilities()));
        command.addAll(pair.java("lb1", "run"));
        return pair.host("lb1").start(Map.of(), command);
    }

    /// `nobody` stands for the unit's user, who does not exist on a machine of a build.
    @Test
    void theUnitMakesAFolderInWhichItsUserMayPin() throws Exception {
        String makes = setting(MAKES_FOLDER).replace("-o ha-director -g ha-director", "-o 65534 -g 65534");
        assertThat(setting("ReadWritePaths=-")).isEqualTo("/sys/fs/bpf/ha-director");
        String tries = "setpriv --reuid 65534 --regid 65534 --clear-groups mkdir " + setting("ReadWritePaths=-") + "/edge+lb1";
        var process = new ProcessBuilder(
                        "unshare", "--mount", "sh", "-ec", "mount -t bpf -o mode=0700 bpf /sys/fs/bpf; %s; %s".formatted(makes, tries))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /// As setpriv wants them: `+net_admin,+bpf`.
    private static String capabilities() throws IOException {
        return setting(CAPABILITIES).toLowerCase(Locale.ROOT).replace("cap_", "+").replace(' ', ',');
    }

    private static String setting(String name) throws IOException {
        try (var lines = Files.lines(UNIT)) {
            return lines.filter(line -> line.startsWith(name)).map(line -> line.substring(name.length())).findFirst().orElseThrow();
        }
    }
}
