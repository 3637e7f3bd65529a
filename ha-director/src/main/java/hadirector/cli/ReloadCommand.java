package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Request;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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
final class ReloadCommand extends AskingCommand {
    @Option(names = "--dry-run", description = "Only tell what would change.")
    private boolean dryRun;

    ReloadCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(60));
    }

    @Override
    public Integer call() throws NoDirectorException {
        return output().other(ask(new Request.Reload(dryRun)));
    }
}
