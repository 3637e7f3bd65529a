package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "drain",
        description = "Give a realserver no new connections, on all directors; those that it has go on.",
        footer = {
            "",
            "With --wait it shows the connections that are left until there are none, or until --deadline: then it",
            "exits with 1, and the realserver stays drained. Those that have ended and only wait for their time to",
            "be over (TIME_WAIT) do not count. 'director enable' undoes it. The directors remember it between",
            "them as long as one of them runs; to keep a realserver out for good, give it weight 0.",
            "",
            "Examples:",
            "  director drain shop 10.1.0.11:80",
            "  director drain shop 10.1.0.11 --wait --deadline 5m && ssh 10.1.0.11 reboot"
        })
final class DrainCommand extends AskingCommand {
    private static final Duration FOREVER = Duration.ofHours(24);

    @Mixin private final RealServerWords named = new RealServerWords();

    @Option(names = "--wait", description = "Wait until no connection is left, at most a day.")
    private boolean wait;

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            description = "Wait so long at most: 500ms, 30s, 5m, 2h. Implies --wait.")
    private @Nullable String deadline;

    DrainCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(20));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        var request = new Request.Drain(named.service, named.realServer, await());
        return output.other(ask(request, step -> show(step, output)));
    }

    private Optional<Duration> await() {
        if (deadline == null) {
            return wait ? Optional.of(FOREVER) : Optional.empty();
        }
        return Durations.parse(deadline)
                .filter(time -> time.isPositive() && time.compareTo(FOREVER) <= 0)
                .or(() -> {
                    throw wrong("--deadline is '" + deadline + "', must be a time up to 24h, such as 30s or 5m");
                });
    }

    private static void show(Reply.Progress step, Output output) {
        if (!output.json()) {
            long left = step.connections();
            output.err().printf("%d connection%s left after %d s%n", left, left == 1 ? "" : "s", step.millis() / 1000);
            output.err().flush();
        }
    }
}
