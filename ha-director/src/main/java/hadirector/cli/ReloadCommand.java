package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "reload",
        description = "Make the running director read its config file again and apply the difference.",
        footer = {
            "",
            "A file with a mistake changes nothing: all mistakes are printed, exit code 2. A realserver that is gone",
            "from the file is drained. Reload each director of the cluster. SIGHUP does the same without an answer.",
            "",
            "Examples:",
            "  director reload --dry-run",
            "  director reload"
        })
final class ReloadCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--dry-run", description = "Only tell what would change.")
    private boolean dryRun;

    ReloadCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() throws NoDirectorException {
        return Output.of(spec.commandLine(), options)
                .other(options.client(PATIENCE).ask(new Request.Reload(dryRun), _ -> {}));
    }
}
