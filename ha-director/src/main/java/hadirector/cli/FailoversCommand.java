package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "failovers",
        description = "Tell of the last takeovers: why, how long the gap was, what it cost, step by step.",
        footer = {
            "",
            "The director that took a group over writes the report some seconds later and tells the others, so every",
            "director has it; the one that lost the group adds what it saw itself. GAP is from the last sign of the",
            "old holder's work to the first packet that the new one forwarded; clients saw at most that. Reports are",
            "kept in memory, the last 32.",
            "",
            "Causes: first (nobody held it), planned (handed over), died (the process ended), silent (not heard any",
            "more), paused (it stood still for longer than its lease), unfit (it gave the group up).",
            "",
            "Examples:",
            "  director failovers",
            "  director failovers web --last 1      the newest of group web, with its steps",
            "  director failovers --json | jq '.[] | select(.gapMillis > 500)'"
        })
final class FailoversCommand extends AskingCommand {
    @Parameters(arity = "0..1", paramLabel = "GROUP", description = "Only of this VIP group.")
    private @Nullable String group;

    @Option(names = "--last", paramLabel = "N", description = "Only the newest N.")
    private int last = Integer.MAX_VALUE;

    @Option(names = "--steps", description = "With the steps; so it is for a single one.")
    private boolean steps;

    FailoversCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(20));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        var reply = ask(new Request.Failovers(Optional.ofNullable(group)));
        if (!(reply instanceof Reply.Failovers(var failovers))) {
            return output.other(reply);
        }
        var wanted = failovers.stream().limit(Math.max(0, last)).toList();
        return output.ok(wanted, FailoversText.of(wanted, steps || wanted.size() == 1));
    }
}
