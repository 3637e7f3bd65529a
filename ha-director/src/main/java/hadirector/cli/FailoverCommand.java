package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "failover",
        description = "Hand a VIP group over to another director; connections stay open.",
        footer = {
            "",
            "Returns when the other director holds the group, with the milliseconds that it took. Works on any",
            "director of the cluster. Refused if the target is not fit: its table is not complete, a link is down;",
            "or if it lacks connections that changed before the command, and does not get them within a second.",
            "",
            "Examples:",
            "  director failover web",
            "  director failover web --to lb2",
            "  director failover --all                 before maintenance of this director"
        })
final class FailoverCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "GROUP", arity = "0..1", description = "The VIP group.")
    private @Nullable String group;

    @Option(
            names = "--all",
            description = "Every group that the asked director holds; with --to, every group that DIRECTOR does not hold.")
    private boolean all;

    @Option(
            names = "--to",
            paramLabel = "DIRECTOR",
            description = "Who takes over; default the fittest of the others.")
    private @Nullable String target;

    @Option(
            names = "--force",
            description = "Even if the target has no complete table or lacks the latest changes: connections may be lost.")
    private boolean force;

    FailoverCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() throws NoDirectorException {
        if (all == (group != null)) {
            throw new ParameterException(spec.commandLine(), "which group? GROUP or --all");
        }
        var output = Output.of(spec.commandLine(), options);
        var client = options.client(PATIENCE);
        int worst = ExitCode.OK;
        for (String each : group != null ? List.of(group) : groups(client.ask(new Request.Status(), _ -> {}))) {
            worst = Math.max(worst, output.other(client.ask(new Request.Failover(each, Optional.ofNullable(target), force), _ -> {})));
        }
        return worst;
    }

    private List<String> groups(Reply reply) {
        return reply instanceof Reply.Status(StatusReport status)
                ? status.groups().stream()
                        .filter(each -> target == null
                                ? status.director().equals(each.holder())
                                : each.holder() != null && !target.equals(each.holder()))
                        .map(StatusReport.Group::name)
                        .toList()
                : List.of();
    }
}
