package hadirector.cli;

import static hadirector.cli.Table.cell;

import hadirector.admin.StatusReport;
import hadirector.admin.StatusReport.Group;
import hadirector.admin.StatusReport.Peer;
import hadirector.admin.StatusReport.Server;
import hadirector.admin.StatusReport.Service;
import hadirector.admin.StatusReport.Verdict;
import hadirector.cli.Paint.Colour;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// A status report as an operator reads it, within 100 columns.
final class StatusText {
    private final StatusReport report;
    private final Instant now;
    private final Paint paint;
    private final StringBuilder text = new StringBuilder();

    private StatusText(StatusReport report, Instant now, Paint paint) {
        this.report = report;
        this.now = now;
        this.paint = paint;
    }

    static String of(StatusReport report, Instant now, Paint paint) {
        var status = new StatusText(report, now, paint);
        status.head();
        status.groups();
        status.peers();
        report.services().forEach(status::service);
        return status.text.toString();
    }

    private void head() {
        var engine = report.engine();
        var cluster = report.cluster();
        line(paint.text(report.director(), Colour.STRONG)
                + "  HA Director " + report.build().version()
                + ", up " + Words.since(report.started(), now));
        line("engine   " + engine.kind() + ": " + engine.mode());
        line("table    " + engine.connections() + " of " + engine.connectionsMax() + " connections"
                + drops());
        line("cluster  " + cluster.name() + ", view " + cluster.view() + ": "
                + String.join(", ", cluster.members()));
        report.unhealthy().ifPresent(why -> line(paint.text("FAULT    " + why, Colour.BAD)));
        cluster.warnings().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(w -> line(paint.text("WARNING  " + w.getKey() + ": " + w.getValue(), Colour.WARN)));
    }

    /// Packets that were dropped since the start, by reason, the most frequent first.
    private String drops() {
        var drops =
                report.engine().counters().entrySet().stream()
                        .filter(e -> e.getKey().startsWith("DROP_") && e.getValue() > 0)
                        .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                        .limit(3)
                        .map(e -> e.getKey().substring("DROP_".length()).toLowerCase(Locale.ROOT)
                                + " " + e.getValue())
                        .toList();
        return drops.isEmpty() ? "" : "; dropped: " + String.join(", ", drops);
    }

    private void groups() {
        var table = new Table("GROUP", "HOLDER", "THIS IS", "SINCE", ">EPOCH", "FIT", "SYNCED", "ADDRESSES");
        for (var group : report.groups()) {
            var addresses = Stream.concat(group.vips().stream(), group.gateways().stream()).toList();
            table.row(
                    group.name(),
                    group.holder() == null ? cell("nobody", Colour.BAD) : group.holder(),
                    cell(Words.word(group.role()), colour(group)),
                    Words.since(group.since(), now),
                    group.epoch(),
                    cell(Words.yes(group.fit()), group.fit() ? Colour.GOOD : Colour.WARN),
                    cell(Words.yes(group.synced()), group.synced() ? Colour.GOOD : Colour.WARN),
                    addresses.isEmpty() ? "" : addresses.getFirst());
            addresses.stream().skip(1).forEach(a -> table.row("", "", "", "", "", "", "", a));
        }
        line("");
        text.append(table.text("", paint));
        for (var group : report.groups()) {
            if (group.unfit() != null) {
                line(paint.text(
                        report.director() + " is not fit for " + group.name() + ": " + group.unfit(),
                        Colour.WARN));
            }
        }
    }

    private static Colour colour(Group group) {
        return switch (group.role()) {
            case ACTIVE -> Colour.GOOD;
            case CLAIMING -> Colour.WARN;
            case BACKUP -> Colour.PLAIN;
        };
    }

    private void peers() {
        if (report.peers().isEmpty()) {
            return;
        }
        var table = new Table("PEER", "IS", ">SYNC LAG", ">GAP", ">SENT", ">RECEIVED", ">REFUSED", "SNAPSHOT");
        for (Peer peer : report.peers()) {
            table.row(
                    peer.name(),
                    peer.connected() ? cell("connected", Colour.GOOD) : cell("gone", Colour.BAD),
                    String.format(Locale.ROOT, "%.3f s", peer.lagSeconds()),
                    cell("" + peer.gapConnections(), peer.gapConnections() == 0 ? Colour.PLAIN : Colour.WARN),
                    peer.entriesSent(),
                    peer.entriesReceived(),
                    peer.messagesRefused().values().stream().mapToLong(Long::longValue).sum(),
                    peer.snapshot() == null ? "never" : Words.since(peer.snapshot(), now) + " ago");
        }
        line("");
        text.append(table.text("", paint));
    }

    private void service(Service service) {
        line("");
        line(paint.text(service.name(), Colour.STRONG) + "  " + service.protocol() + " " + service.vip()
                + "  " + service.scheduler() + "  group " + service.group());
        var table =
                new Table(
                        "REALSERVER", "METHOD", "WEIGHT", "IS", "SINCE", ">ACTIVE", ">INACT",
                        ">CONN/S", ">PKT/S", ">IN B/S", ">OUT B/S");
        service.servers().forEach(server -> table.row(cells(server)));
        text.append(table.text("  ", paint));
        for (var server : service.servers()) {
            if (server.reason() != null) {
                line(paint.text(
                        "  " + server.endpoint() + " last failed: " + server.reason(),
                        server.verdict() == Verdict.DOWN ? Colour.BAD : Colour.FAINT));
            }
        }
    }

    private Object[] cells(Server server) {
        var rates = server.rates();
        return List.of(
                        server.endpoint(),
                        server.method(),
                        server.weight() == server.configuredWeight()
                                ? "" + server.weight()
                                : server.weight() + "/" + server.configuredWeight(),
                        state(server),
                        Words.since(server.since(), now),
                        server.active(),
                        server.inactive(),
                        Words.rate(rates.connections()),
                        Words.rate(rates.packetsIn() + rates.packetsOut()),
                        Words.rate(rates.bytesIn()),
                        Words.rate(rates.bytesOut()))
                .toArray();
    }

    private static Table.Cell state(Server server) {
        if (server.drained()) {
            return cell(server.verdict() == Verdict.DOWN ? "down,drained" : "drained", Colour.WARN);
        }
        return switch (server.verdict()) {
            case UP -> cell("up", Colour.GOOD);
            case DOWN -> cell("down", Colour.BAD);
            case UNKNOWN -> cell("unknown", Colour.WARN);
        };
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
