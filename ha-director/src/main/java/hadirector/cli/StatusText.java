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
    private static final int WIDTH = 100;

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
        status.interfaces();
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
        line("table    " + engine.connections() + " of " + engine.connectionsMax() + " connections");
        line("packets  " + forwarded(engine));
        list("dropped  ", drops());
        line("cluster  " + cluster.name() + ", view " + cluster.view() + ": "
                + String.join(", ", cluster.members())
                + (cluster.wire().encrypted() ? "; encrypted" : "; not encrypted (tls = off)"));
        if (cluster.wire().links().size() > 1) {
            cluster.wire().links().forEach((link, reaches) -> line("link     " + link + " reaches "
                    + (reaches.isEmpty() ? paint.text("nobody", Colour.WARN) : String.join(", ", reaches))));
        }
        list("refused  ", words(cluster.wire().refused()));
        if (report.ipvs() != null) {
            ipvs(report.ipvs());
        }
        report.unhealthy().ifPresent(why -> line(paint.text("FAULT    " + why, Colour.BAD)));
        cluster.warnings().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(w -> line(paint.text("WARNING  " + w.getKey() + ": " + w.getValue(), Colour.WARN)));
    }

    private void ipvs(StatusReport.Ipvs ipvs) {
        String heard = ipvs.heard() == null ? "no master heard" : "a master heard " + Words.since(ipvs.heard(), now) + " ago";
        line("ipvs     " + heard + ", " + ipvs.connectionsInherited() + " inherited, " + ipvs.connectionsTold() + " told");
        list("         refused ", ipvs.refused().entrySet().stream()
                .map(refused -> refused.getKey().toLowerCase(Locale.ROOT) + " " + refused.getValue())
                .toList());
    }

    private static String forwarded(StatusReport.Engine engine) {
        long forwarded = engine.counters().getOrDefault("FRAMES_FORWARDED", 0L);
        return forwarded == 0
                ? "none forwarded yet"
                : String.format(Locale.ROOT, "%d forwarded, %.1f %% of them by the kernel alone",
                        forwarded, 100.0 * engine.counters().getOrDefault("FRAMES_OFFLOADED", 0L) / forwarded);
    }

    /// Packets that were dropped since the start, by reason, the most frequent first.
    private List<String> drops() {
        return report.engine().counters().entrySet().stream()
                .filter(e -> e.getKey().startsWith("DROP_") && e.getValue() > 0)
                .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                .map(e -> e.getKey().substring("DROP_".length()).toLowerCase(Locale.ROOT) + " " + e.getValue())
                .toList();
    }

    private static List<String> words(Map<String, Long> counts) {
        return counts.entrySet().stream().map(e -> e.getKey().toLowerCase(Locale.ROOT) + " " + e.getValue()).toList();
    }

    /// `values` behind `name`, on as many lines as it takes; none if there are none.
    private void list(String name, List<String> values) {
        var line = new StringBuilder(name);
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i) + (i + 1 < values.size() ? ", " : "");
            if (line.length() + value.length() > WIDTH) {
                line(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(name.length()));
            }
            line.append(value);
        }
        if (!values.isEmpty()) {
            line(line.toString());
        }
    }

    private void interfaces() {
        var interfaces = report.engine().interfaces();
        if (interfaces.isEmpty()) {
            return;
        }
        var table = new Table("INTERFACE", "HOOK", "BESIDE IT", "WHY");
        interfaces.forEach(each -> table.row(
                each.name(), each.hook(), each.others().isEmpty() ? "-" : String.join(", ", each.others()), each.why()));
        line("");
        text.append(table.text("", paint));
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
            if (group.alarm() != null) {
                line(paint.text("ALARM    " + group.name() + ": " + group.alarm(), Colour.BAD));
            }
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
                + "  " + service.scheduler() + "  group " + service.group() + handshakes(service));
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

    private String handshakes(Service service) {
        if (service.overloaded()) {
            return paint.text("  OVERLOADED: " + service.halfOpen() + " half-open", Colour.BAD);
        }
        return service.halfOpen() == 0 ? "" : "  half-open " + service.halfOpen();
    }

    private Object[] cells(Server server) {
        var rates = server.rates();
        return List.of(
                        server.endpoint(),
                        server.local() ? server.method() + ",local" : server.method(),
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
