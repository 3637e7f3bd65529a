package hadirector.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Short-lived commands of the machine.
final class Commands {
    private Commands() {}

    /// Output and error output of a command that must succeed.
    static String run(List<String> words) {
        var result = tryRun(words);
        if (result.exit() != 0) {
            throw new IllegalStateException(
                    "%s: exit %d: %s".formatted(String.join(" ", words), result.exit(), result.output()));
        }
        return result.output();
    }

    record Result(int exit, String output) {}

    static Result tryRun(List<String> words) {
        try {
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + words, e);
        }
    }

    static List<String> words(String line) {
        return Arrays.asList(line.trim().split("\\s+", -1));
    }

    static List<String> joined(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
