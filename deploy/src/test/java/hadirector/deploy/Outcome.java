package hadirector.deploy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Exit code and words, on both streams, of a command that has ended.
record Outcome(int code, String text) {
    /// Unpacks what the build packed.
    static void unpackTarball(Path to) throws IOException, InterruptedException {
        String tarball = requireNonNull(System.getProperty("tarball"));
        var tar = of(to, Map.of(), List.of("tar", "-xzf", tarball, "-C", to.toString(), "--strip-components=1"));
        assertThat(tar.code()).as(tar.text()).isZero();
    }

    /// Runs a command in a folder, with this environment besides the test's own.
    static Outcome of(Path in, Map<String, String> environment, List<String> words)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words).directory(in.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("DIRECTOR_") || name.equals("DESTDIR"));
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), text);
    }
}
