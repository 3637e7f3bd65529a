package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
final class FailoverCommand extends AskingCommand {
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
        super(options, Duration.ofSeconds(60));
    }

    @Override
    public Integer call() throws NoDirectorException {
        if (all == (group != null)) {
            throw wrong("which group? GROUP or --all");
        }
        return group != null ? handOver(group) : handOverAll();
    }

    private int handOverAll() throws NoDirectorException {
        var reply = ask(new Request.Status());
        if (!(reply instanceof Reply.Status(var status))) {
            return output().other(reply);
        }
        var groups = status.groups().stream().filter(each -> isMeant(each, status.director())).map(StatusReport.Group::name).toList();
        if (groups.isEmpty()) {
            String what = (target == null ? status.director() + " holds no group" : target + " holds every group that is held") + ": nothing to do";
            return output().ok(new Answer.Done(what, 0), what + "\n");
        }
        int worst = ExitCode.OK;
        for (String each : groups) {
            worst = Math.max(worst, handOver(each));
        }
        return worst;
    }

    private boolean isMeant(StatusReport.Group each, String asked) {
        return target == null ? asked.equals(each.holder()) : each.holder() != null && !target.equals(each.holder());
    }

    private int handOver(String name) throws NoDirectorException {
        return output().other(ask(new Request.Failover(name, Optional.ofNullable(target), force)));
    }
}
