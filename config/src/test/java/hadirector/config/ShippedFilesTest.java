package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example and the manual page that are shipped say what the reader reads.
class ShippedFilesTest {
    private static final Path DEPLOY = Path.of("..", "deploy");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void theExampleIsRightOnBothDirectors() throws IOException {
        var file = new ConfigFile(directory, Files.readString(DEPLOY.resolve("example/director.conf")));
        assertThat(file.problems()).isEmpty();
        assertThat(file.warnings()).isEmpty();
        var services = file.on("lb2").config().services();
        assertThat(services.keySet()).containsExactly("shop", "shop-tls", "dns");
        assertThat(services.values()).extracting(service -> service.protocol())
                .containsExactly(Protocol.TCP, Protocol.TCP, Protocol.UDP);
        assertThat(services.values().stream().flatMap(service -> service.realServers().stream()))
                .extracting(realServer -> realServer.method())
                .contains(ForwardingMethod.NAT, ForwardingMethod.DIRECT_ROUTING);
    }

    /// The reader itself lists the keys that it knows, in its answers to a key that it does not.
    @Test
    void theManualPageHasEveryKey() throws IOException {
        String page = Files.readString(DEPLOY.resolve("man/director.conf.5"));
        var unknown = Sample.TEXT
                .replace("engine = auto", "engine { offload = on }")
                .replace("scheduler = wlc", "acl { allow = [] }, syn-guard { half-open-max = 99 }")
                .replace("detection = 600ms", "detection = 600ms, arbiter { type = none }")
                .replace("metrics =", "ipvs-sync { interface = eth1, send = on }, metrics =")
                .replace("preempt = false", "preempt = false, track { scripts { db { command = \"/bin/true\" } } }")
                .replaceAll("(?m)\\{(?=\\s*$)|(timeouts|check|engine|acl|syn-guard|arbiter|ipvs-sync|track|db) \\{|\\{(?= address)", "$0 zzzzz = 1, ");
        var keys = new ConfigFile(directory, unknown).problems().stream()
                .flatMap(line -> Pattern.compile("known here: (.*)").matcher(line).results())
                .map((MatchResult known) -> known.group(1))
                .flatMap(known -> Arrays.stream(known.split(", ")))
                .toList();
        assertThat(keys).contains("engine", "detection", "preempt", "scheduler", "fin", "rise", "weight", "accelerate", "pin", "deny", "half-open-max", "lease", "command", "scripts", "hold-back");
        assertThat(Stream.concat(keys.stream(), Stream.of("argv", "environment", "addresses", "host", "status", "body", "definitions"))
                        .distinct())
                .allSatisfy(key -> assertThat(page).containsPattern("(?m)^\\.(B|BR|SH) .*\\b" + Pattern.quote(key) + "\\b"));
    }
}
