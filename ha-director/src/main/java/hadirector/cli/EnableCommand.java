package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Request;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "enable",
        description = "Give a drained realserver its weight again, on all directors.",
        footer = {"", "Example:", "  director enable shop 10.1.0.11:80"})
final class EnableCommand extends AskingCommand {
    @Mixin private final RealServerWords named = new RealServerWords();

    EnableCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(20));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var request = new Request.Enable(named.service, named.realServer);
        return output().other(ask(request));
    }
}
