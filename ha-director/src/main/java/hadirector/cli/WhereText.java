package hadirector.cli;

import hadirector.admin.Reply;
import hadirector.admin.WhereReport;
import hadirector.admin.WhereReport.NextHop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The answer of `director where` as an operator reads it.
final class WhereText {
    private final StringBuilder text = new StringBuilder();

    private WhereText() {}

    static String of(WhereReport where) {
        var to = new WhereText();
        to.line("client", where.protocol() + " " + where.client() + " to " + where.virtual());
        if (where.service() != null) {
            to.line("service", where.service());
        }
        if (where.group() != null) {
            to.line("group", group(where));
        }
        to.line("entry", where.entry() == null ? "none" : entry(where.entry()));
        if (where.realServer() != null) {
            to.line("realserver", where.realServer() + " by " + where.method());
        }
        to.hop("next hop", where.toServer());
        to.hop("replies", where.toClient());
        to.line("hook", hook(where.hook()));
        to.line("why", where.why());
        return to.text.toString();
    }

    private static String group(WhereReport where) {
        String holder = where.holder() == null ? "held by nobody" : "held by " + where.holder();
        return where.group() + ", " + holder + "; " + where.director() + " is "
                + (where.role() == null ? "no member" : Words.word(where.role()));
    }

    private static String entry(Reply.Connection entry) {
        return entry.state() + ", ends in " + Words.duration(Duration.ofSeconds(entry.expires())) + " without a packet";
    }

    private static String hook(WhereReport.Hook hook) {
        return switch (hook) {
            case XDP -> "kernel, XDP";
            case TC -> "kernel, tc";
            case JAVA -> "the director's thread";
            case NONE -> "none";
        };
    }

    private void hop(String name, @Nullable NextHop hop) {
        if (hop != null && hop.interfaceName().isEmpty()) {
            line(name, "local: this host's own stack");
        } else if (hop != null) {
            String to = hop.mac() == null ? "a MAC that is not known yet" : hop.mac();
            String of = hop.neighbour() == null ? "" : " (" + hop.neighbour() + ")";
            line(name, "out of " + hop.interfaceName() + " to " + to + of);
        }
    }

    private void line(String name, String value) {
        text.append(String.format("%-11s%s%n", name, value));
    }
}
