package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import hadirector.admin.TakeoverReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rehearse",
        description = "Hand a VIP group over and back, and tell how long nobody answered.",
        footer = {
            "",
            "The director that gives the group up asks for the VIP on its network, as a client would, until the new",
            "holder answers; with clients at work their first packet counts. Refused (exit code 3) unless the pair is",
            "healthy: a holder, no warning, a peer that is connected and has every connection. Exit code 1 if a gap",
            "was longer than --max-gap: for cron.",
            "",
            "Examples:",
            "  director rehearse web",
            "  director rehearse web --to lb2 --max-gap 50ms --json"
        })
final class RehearseCommand extends AskingCommand {
    /// In seconds; under traffic there is always a change on its way.
    private static final double LAG_MAX = 0.1;

    private static final Duration REPORT_MAX = Duration.ofSeconds(15);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    /// What `--json` prints.
    ///
    /// @param moves there and back
    record Rehearsal(String group, boolean passed, List<TakeoverReport> moves) {}

    @Parameters(paramLabel = "GROUP", description = "The VIP group.")
    private String group = "";

    @Option(names = "--to", paramLabel = "DIRECTOR", description = "Who takes over for a while; default the fittest of the others.")
    private @Nullable String target;

    @Option(
            names = "--max-gap",
            paramLabel = "TIME",
            defaultValue = "200ms",
            description = "The longest gap that passes; default ${DEFAULT-VALUE}.")
    private String maxGap = "";

    RehearseCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(60));
    }

    @Override
    public Integer call() throws NoDirectorException, InterruptedException {
        var gapMax = Durations.parse(maxGap)
                .orElseThrow(() -> wrong("--max-gap is '" + maxGap + "', must be a time such as 50ms or 1s"));
        var output = output();
        var reply = ask(new Request.Status());
        if (!(reply instanceof Reply.Status(var status))) {
            return output.other(reply);
        }
        var of = status.groups().stream().filter(g -> g.name().equals(group)).findFirst();
        if (of.isEmpty()) {
            return output.answer(new Answer.Invalid("no group " + group));
        }
        var trouble = trouble(status);
        if (trouble.isPresent()) {
            return output.answer(new Answer.Refused(trouble.get()));
        }
        var moves = new ArrayList<TakeoverReport>();
        int epoch = of.get().epoch();
        for (var to : List.of(Optional.ofNullable(target), Optional.ofNullable(of.get().holder()))) {
            var moved = ask(new Request.Failover(group, to, false));
            if (!(moved instanceof Reply.Result(Answer.Done _))) {
                return output.other(moved);
            }
            var report = report(epoch);
            if (report.isEmpty()) {
                return output.failed("no report of the takeover came within " + REPORT_MAX.toSeconds() + " s");
            }
            moves.add(report.get());
            epoch = report.get().epoch();
        }
        boolean passed = moves.stream().allMatch(move -> move.gapMillis() != null && move.gapMillis() <= gapMax.toMillis());
        output.ok(new Rehearsal(group, passed, moves), text(moves, passed));
        return passed ? ExitCode.OK : ExitCode.FAILED;
    }

    /// Why this is no time to rehearse.
    private static Optional<String> trouble(StatusReport status) {
        var warnings = status.cluster().warnings();
        var connected = status.peers().stream().filter(StatusReport.Peer::connected).toList();
        return status.unhealthy()
                .or(() -> warnings.entrySet().stream().findFirst().map(w -> w.getKey() + ": " + w.getValue()))
                .or(() -> connected.isEmpty() ? Optional.of("no other director is in the cluster") : Optional.empty())
                .or(() -> connected.stream()
                        .filter(peer -> peer.gapConnections() > 0 && peer.lagSeconds() > LAG_MAX)
                        .findFirst()
                        .map(peer -> peer.name() + " lacks " + peer.gapConnections() + " connections"));
    }

    /// That of the takeover after `epoch`, with what both directors know of it.
    private Optional<TakeoverReport> report(int epoch) throws NoDirectorException, InterruptedException {
        long until = System.nanoTime() + REPORT_MAX.toNanos();
        Optional<TakeoverReport> found = Optional.empty();
        while (System.nanoTime() - until < 0 && found.filter(r -> r.gapMillis() != null).isEmpty()) {
            Thread.sleep(LOOK_AGAIN);
            if (ask(new Request.Failovers(Optional.of(group))) instanceof Reply.Failovers(var all)) {
                found = all.stream().filter(r -> r.epoch() > epoch).findFirst();
            }
        }
        return found;
    }

    private String text(List<TakeoverReport> moves, boolean passed) {
        var text = new StringBuilder();
        for (var move : moves) {
            var gap = move.gapMillis();
            text.append(String.format(
                    Locale.ROOT,
                    "%s to %s: %s, %d connections, lost: %d resets, %d rescheduled%n",
                    move.from(),
                    move.to(),
                    gap == null ? "no answer was seen" : String.format(Locale.ROOT, "gap %.1f ms", gap),
                    move.connections(),
                    move.resets(),
                    move.rescheduled()));
        }
        return text.append(passed ? "passed" : "FAILED: a gap was longer than " + maxGap + ", or could not be measured")
                .append('\n')
                .toString();
    }
}
