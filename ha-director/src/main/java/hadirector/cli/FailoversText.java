package hadirector.cli;

import hadirector.admin.TakeoverReport;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/// The answer of `director failovers` as an operator reads it.
final class FailoversText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private FailoversText() {}

    /// @param steps whether to tell them
    static String of(List<TakeoverReport> reports, boolean steps) {
        if (reports.isEmpty()) {
            return "no takeover since this director started\n";
        }
        if (steps) {
            return String.join("\n", reports.stream().map(FailoversText::whole).toList());
        }
        var table = new Table("WHEN", "GROUP", "FROM", "TO", "CAUSE", ">GAP ms", ">CONNECTIONS", ">RESETS", ">MOVED");
        reports.forEach(report -> table.row(
                TIME.format(report.at()),
                report.group(),
                from(report),
                report.to(),
                report.cause().word(),
                gap(report),
                report.connections(),
                report.resets(),
                report.rescheduled()));
        return table.text("", new Paint(false));
    }

    private static String whole(TakeoverReport report) {
        var text = new StringBuilder();
        line(text, "when", TIME.format(report.at()));
        line(text, "group", report.group() + ", epoch " + report.epoch());
        line(text, "from, to", from(report) + ", " + report.to());
        line(text, "cause", report.cause().word() + ": " + report.why());
        line(text, "gap", report.gapMillis() == null ? "unknown: no packet has come" : "at most " + gap(report) + " ms");
        line(text, "cost", "%d connections carried over, %d resets, %d moved to another realserver"
                .formatted(report.connections(), report.resets(), report.rescheduled()));
        report.steps().forEach(step ->
                text.append(String.format(Locale.ROOT, "  %+10.1f ms  %-8s %s%n", step.millis(), step.director(), step.what())));
        return text.toString();
    }

    private static String from(TakeoverReport report) {
        return report.from() == null ? "-" : report.from();
    }

    private static String gap(TakeoverReport report) {
        return report.gapMillis() == null ? "-" : String.format(Locale.ROOT, "%.0f", report.gapMillis());
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-9s%s%n", name, value));
    }
}
