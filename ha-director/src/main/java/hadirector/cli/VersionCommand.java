package hadirector.cli;

import hadirector.admin.Build;
import hadirector.admin.Json;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "version",
        description = "Print version, commit, Java and kernel, and the version of the director that runs here.",
        footer = {"", "Example:", "  director version --json"})
final class VersionCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    VersionCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() {
        var build = Build.current();
        var text =
                new StringBuilder("HA Director " + build.version() + "\n")
                        .append("commit   " + build.commit() + "\n")
                        .append("java     " + build.java() + "\n")
                        .append("kernel   " + build.kernel() + "\n");
        var json =
                Json.object()
                        .put("version", build.version())
                        .put("commit", build.commit())
                        .put("java", build.java())
                        .put("kernel", build.kernel());
        running().ifPresent(running -> {
            text.append("running  " + running.director() + ": " + running.build().version()
                    + ", commit " + running.build().commit() + "\n");
            json.putObject("running")
                    .put("director", running.director())
                    .put("version", running.build().version())
                    .put("commit", running.build().commit());
        });
        return Output.of(spec.commandLine(), options).ok(json, text.toString());
    }

    private Optional<Reply.Version> running() {
        try {
            return options.client(PATIENCE).ask(new Request.Version(), _ -> {})
                            instanceof Reply.Version version
                    ? Optional.of(version)
                    : Optional.empty();
        } catch (NoDirectorException _) {
            return Optional.empty();
        }
    }
}
