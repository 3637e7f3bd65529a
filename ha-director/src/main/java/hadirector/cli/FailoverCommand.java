package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "failover",
        description = "Hand a VIP group over to another director; connections stay open.",
        footer = {
            "",
            "Returns when the other director holds the group, with the milliseconds that it took. Works on any",
            "director of the cluster. Refused if the target is not fit: its table is not complete, a link is down.",
            "",
            "Examples:",
            "  director failover web",
            "  director failover web --to lb2"
        })
final class FailoverCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "GROUP", description = "The VIP group.")
    private String group = "";

    @Option(
            names = "--to",
            paramLabel = "DIRECTOR",
            description = "Who takes over; default the fittest of the others.")
    private @Nullable String target;

    FailoverCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() throws NoDirectorException {
        var request = new Request.Failover(group, Optional.ofNullable(target));
        return Output.of(spec.commandLine(), options)
                .other(options.client(PATIENCE).ask(request, _ -> {}));
    }
}
