package hadirector.cli;

import hadirector.admin.ControlClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The options of every command, and what follows from them.
final class GlobalOptions {
    static final Path CONFIG = Path.of("/etc/ha-director/director.conf");
    static final Path SOCKET = Path.of("/run/ha-director/admin.sock");
    private static final Pattern ADMIN_SOCKET =
            Pattern.compile("(?m)^[^#/\\n]*\\badmin-socket\"?\\s*[=:]\\s*\"?([^\\s\",}#]+)");

    @Option(
            names = "--config",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The config file; default /etc/ha-director/director.conf.")
    private Path config = CONFIG;

    @Option(
            names = "--name",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "Which director of the file this is; default director.name, else the host name.")
    private @Nullable String name;

    @Option(
            names = "--socket",
            scope = ScopeType.INHERIT,
            paramLabel = "PATH",
            description = "The control socket; default director.admin-socket of the config file.")
    private @Nullable Path socket;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print the answer as JSON on standard output, errors too.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("unused") // picocli acts on it.
    private boolean help;

    Path config() {
        return config;
    }

    Optional<String> name() {
        return Optional.ofNullable(name);
    }

    Optional<Path> socket() {
        return Optional.ofNullable(socket);
    }

    boolean json() {
        return json;
    }

    /// @param patience with a director that is silent
    ControlClient client(Duration patience) {
        return new ControlClient(socket().orElseGet(this::configuredSocket), patience);
    }

    /// Looked up in the text: parsing HOCON would cost each command more than all the rest. A file that spells the
    /// key in another way than on one line needs `--socket`.
    private Path configuredSocket() {
        try {
            Matcher found = ADMIN_SOCKET.matcher(Files.readString(config));
            return found.find() ? Path.of(found.group(1)) : SOCKET;
        } catch (IOException _) {
            return SOCKET; // Operators may use the socket without being allowed to read the file.
        }
    }
}
