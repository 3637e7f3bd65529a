package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the shipped systemd unit leaves to a director is enough for it.
@Lab
@NeedsCommand(value = "setpriv", debianPackage = "util-linux")
class UnitLabTest {
    private static final Path UNIT = Path.of("..", "deploy", "systemd", "ha-director.service");
    private static final String CAPABILITIES = "CapabilityBoundingSet=";

    private final DirectorPair pair = new DirectorPair(3);

    @AfterEach
    void close() {
        pair.close();
    }

    /// Root without the other capabilities stands for the unit's user, who could not read the class path of a build.
    @Test
    void theCapabilitiesOfTheUnitAreEnoughForThePacketEngine() throws Exception {
        pair.config(pair.service("shop", "tcp", 80) + pair.service("ping", "udp", 80));
        var command = new ArrayList<>(List.of("setpriv", "--no-new-privs", "--bounding-set=-all," + capabilities()));
        command.addAll(pair.java("lb1", "run"));
        var confined = pair.host("lb1").start(Map.of(), command);
        pair.awaitHolder("lb1", "lb1");
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

    /// As setpriv wants them: `+net_admin,+bpf`.
    private static String capabilities() throws IOException {
        try (var lines = Files.lines(UNIT)) {
            String words =
                    lines.filter(line -> line.startsWith(CAPABILITIES))
                            .map(line -> line.substring(CAPABILITIES.length()))
                            .findFirst()
                            .orElseThrow();
            return words.toLowerCase(Locale.ROOT).replace("cap_", "+").replace(' ', ',');
        }
    }
}
