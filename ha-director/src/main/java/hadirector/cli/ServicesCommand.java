package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "services",
        description = "List virtual services and realservers in the columns of ipvsadm -L -n.",
        footer = {
            "",
            "Examples:",
            "  director services",
            "  director services shop --rate"
        })
final class ServicesCommand extends AskingCommand {
    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this one.")
    private @Nullable String service;

    @ArgGroup private @Nullable Columns columns;

    private static final class Columns {
        @Option(names = "--stats", description = "Counts since the engine's start, as ipvsadm --stats.")
        private boolean stats;

        @Option(names = "--rate", description = "Per second, as ipvsadm --rate (bytes, not bits).")
        private boolean rate;
    }

    ServicesCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(10));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        var reply = ask(new Request.Status());
        if (!(reply instanceof Reply.Status(var report))) {
            return output.other(reply);
        }
        var wanted =
                report.services().stream()
                        .filter(each -> service == null || each.name().equals(service))
                        .toList();
        if (service != null && wanted.isEmpty()) {
            return output.answer(new Answer.Invalid("unknown service '" + service + "'"));
        }
        return output.ok(wanted, text(report, wanted));
    }

    private String text(StatusReport report, List<StatusReport.Service> wanted) {
        if (columns != null && columns.stats) {
            return IpvsText.stats(report, wanted);
        }
        return columns != null && columns.rate
                ? IpvsText.rates(report, wanted)
                : IpvsText.services(report, wanted);
    }
}
