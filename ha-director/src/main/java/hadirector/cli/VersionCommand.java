package hadirector.cli;

import hadirector.admin.Build;
import hadirector.admin.Json;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(
        name = "version",
        description = "Print version, commit, Java and kernel, and the version of the director that runs here.",
        footer = {"", "Example:", "  director version --json"})
final class VersionCommand extends AskingCommand {
    VersionCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(2));
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
        return output().ok(json, text.toString());
    }

    private Optional<Reply.Version> running() {
        try {
            return ask(new Request.Version())
                            instanceof Reply.Version version
                    ? Optional.of(version)
                    : Optional.empty();
        } catch (NoDirectorException _) {
            return Optional.empty();
        }
    }
}
