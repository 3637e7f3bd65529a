package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "enable",
        description = "Give a drained realserver its weight again, on all directors.",
        footer = {"", "Example:", "  director enable shop 10.1.0.11:80"})
final class EnableCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private final RealServerWords named = new RealServerWords();

    EnableCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() throws NoDirectorException {
        var request = new Request.Enable(named.service, named.realServer);
        return Output.of(spec.commandLine(), options)
                .other(options.client(PATIENCE).ask(request, _ -> {}));
    }
}
