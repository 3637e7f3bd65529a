package hadirector.outbound;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The program nft(8).
public interface Nft {
    int SECONDS_MAX = 10;

    /// @param code exit code
    /// @param out standard output and error
    record Outcome(int code, String out) {
        boolean ok() {
            return code == 0;
        }
    }

    /// Runs it with `words` and `input`, and waits; it is killed if it takes longer than [#SECONDS_MAX].
    ///
    /// @throws IOException with a sentence, if it is not there
    Outcome run(String input, String... words) throws IOException, InterruptedException;

    /// Where it is; empty if it is not installed.
    static Optional<Path> program() {
        return Stream.of("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Nft ofThisMachine() {
        return (input, words) -> {
            var program = program().orElseThrow(() -> new IOException("nft is not installed: apt install nftables"));
            var command = new ArrayList<>(List.of(program.toString()));
            command.addAll(List.of(words));
            return run(command, input);
        };
    }

    private static Outcome run(List<String> command, String input) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture.delayedExecutor(SECONDS_MAX, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out.strip());
    }
}
