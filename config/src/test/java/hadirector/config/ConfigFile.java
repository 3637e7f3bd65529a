package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A config in a directory of its own, read on a machine that the test describes. Mistakes name it `director.conf`.
final class ConfigFile {
    private final Path file;
    private Optional<String> nameOverride = Optional.empty();
    private String hostName = "lb1";

    ConfigFile(Path directory, String text) {
        this.file = directory.resolve("director.conf");
        write("director.conf", text);
    }

    /// Another file beside it.
    ConfigFile write(String name, String text) {
        try {
            Files.writeString(file.resolveSibling(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    ConfigFile named(String override) {
        nameOverride = Optional.of(override);
        return this;
    }

    ConfigFile on(String host) {
        hostName = host;
        return this;
    }

    ConfigResult read() {
        return ConfigReader.read(file, nameOverride, new Environment() {
            @Override
            public String hostName() {
                return hostName;
            }

            @Override
            public boolean hasInterface(String name) {
                return List.of("lo", "eth0", "eth1").contains(name);
            }
        });
    }

    DirectorConfig config() {
        var result = read();
        assertThat(result).isInstanceOf(ConfigResult.Valid.class);
        return ((ConfigResult.Valid) result).config();
    }

    /// Every problem as the operator reads it, without the directory.
    List<String> problems() {
        return switch (read()) {
            case ConfigResult.Valid _ -> List.of();
            case ConfigResult.Invalid(var problems) -> lines(problems);
        };
    }

    List<String> warnings() {
        return switch (read()) {
            case ConfigResult.Valid(_, var warnings) -> lines(warnings);
            case ConfigResult.Invalid(var problems) -> throw new AssertionError(problems);
        };
    }

    private List<String> lines(List<Problem> problems) {
        String directory = file.getParent() + "/";
        return problems.stream().map(problem -> problem.toString().replace(directory, "")).toList();
    }
}
