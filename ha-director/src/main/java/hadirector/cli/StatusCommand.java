package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = "Show groups with their holders, peers with their lag, services and realservers with rates.",
        footer = {
            "",
            "WEIGHT 0/2 means: 0 in effect, 2 in the config file. ACTIVE and INACT as ipvsadm's ActiveConn and",
            "InActConn. Rates are per second, smoothed over some seconds.",
            "",
            "Examples:",
            "  director status",
            "  director status --watch=1",
            "  director status --json | jq -r '.groups[] | .name + \" \" + .holder'"
        })
final class StatusCommand extends AskingCommand {
    private static final String CLEAR = "\033[H\033[2J";

    private final InstantSource clock;

    @Option(
            names = {"-w", "--watch"},
            arity = "0..1",
            fallbackValue = "2",
            paramLabel = "SECONDS",
            description = "Again and again, every 2 s or as given, until interrupted.")
    private @Nullable Double watch;

    StatusCommand(GlobalOptions options, InstantSource clock) {
        super(options, Duration.ofSeconds(10));
        this.clock = clock;
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        return watch == null ? once(output) : watch(output, watch);
    }

    private int once(Output output) throws NoDirectorException {
        var reply = ask(new Request.Status());
        if (!(reply instanceof Reply.Status(var report))) {
            return output.other(reply);
        }
        output.ok(report, StatusText.of(report, clock.instant(), Paint.ofTerminal()));
        return report.unhealthy().isPresent() ? ExitCode.FAILED : ExitCode.OK;
    }

    /// A director that is away may come back, so that does not end it.
    private int watch(Output output, double seconds) {
        if (!(seconds >= 0.1 && seconds <= 86_400)) {
            throw wrong("--watch is " + seconds + ", must be 0.1 to 86400");
        }
        int code = ExitCode.OK;
        while (!Thread.currentThread().isInterrupted()) {
            if (Paint.isTerminal() && !output.json()) {
                output.out().print(CLEAR);
            }
            try {
                code = once(output);
            } catch (NoDirectorException e) {
                code = output.noDirector(String.valueOf(e.getMessage()));
            }
            output.ok("", output.json() ? "" : "\n");
            pause(seconds);
        }
        return code;
    }

    private static void pause(double seconds) {
        try {
            Thread.sleep(Duration.ofMillis(Math.round(seconds * 1000)));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
