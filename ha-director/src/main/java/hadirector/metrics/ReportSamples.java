package hadirector.metrics;

import static hadirector.metrics.Sample.counter;
import static hadirector.metrics.Sample.gauge;

import hadirector.admin.StatusReport;
import hadirector.admin.StatusReport.Group;
import hadirector.admin.StatusReport.Peer;
import hadirector.admin.StatusReport.Role;
import hadirector.admin.StatusReport.Server;
import hadirector.admin.StatusReport.Service;
import hadirector.admin.StatusReport.Verdict;
import hadirector.engine.Counter;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A status report as samples: the same numbers as `director status`, under Prometheus names.
final class ReportSamples {
    private final List<Sample> samples = new ArrayList<>();

    private ReportSamples() {}

    static List<Sample> of(StatusReport report) {
        var to = new ReportSamples();
        to.director(report);
        to.engine(report.engine());
        report.groups().forEach(group -> to.group(group, report.director()));
        report.peers().forEach(to::peer);
        if (report.ipvs() != null) {
            to.ipvs(report.ipvs());
        }
        for (var service : report.services()) {
            to.service(service);
            service.servers().forEach(server -> to.server(service, server));
        }
        return to.samples;
    }

    private void director(StatusReport report) {
        var build = report.build();
        add(gauge("build.info", "", "Always 1; what runs is in the labels",
                Tags.of("version", build.version(), "commit", build.commit(), "java", build.java()), 1));
        add(gauge("start.time", "seconds", "When the director started, in Unix time",
                Tags.empty(), report.started().toEpochMilli() / 1000.0));
        add(gauge("cluster.members", "", "Directors in the current view, this one among them",
                Tags.empty(), report.cluster().members().size()));
        add(gauge("cluster.warnings", "", "Warnings of the group service; director status shows them",
                Tags.empty(), report.cluster().warnings().size()));
        wire(report);
    }

    private void wire(StatusReport report) {
        var wire = report.cluster().wire();
        wire.links().forEach((link, reaches) -> report.peers().forEach(peer ->
                add(gauge("cluster.link.connected", "", "Whether the other director is in view by this link",
                        Tags.of("link", link, "peer", peer.name()), bit(reaches.contains(peer.name()))))));
        add(gauge("cluster.encrypted", "", "Whether the directors encrypt what they say to each other",
                Tags.empty(), bit(wire.encrypted())));
        wire.keysUntil().forEach((member, end) ->
                add(gauge("cluster.keys.end.time", "seconds", "When the others begin to refuse the member's keys, in Unix time",
                        Tags.of("member", member), end.getEpochSecond())));
        wire.refused().forEach((kind, count) ->
                add(counter("cluster.refused", "", "What came to the cluster's port and was refused; director(8) explains the kinds",
                        Tags.of("kind", kind.toLowerCase(Locale.ROOT)), count)));
        add(counter("cluster.unfinished.connections", "", "Connections between directors that ended before both ends knew each other",
                Tags.empty(), wire.unfinished()));
    }

    private void engine(StatusReport.Engine engine) {
        add(gauge("engine.running", "", "Whether the engine runs; the labels say which and how",
                Tags.of("kind", engine.kind(), "mode", engine.mode()), engine.failure() == null ? 1 : 0));
        add(gauge("table.connections", "", "Connections in the table", Tags.empty(), engine.connections()));
        add(gauge("table.connections.max", "", "Connections that fit into the table",
                Tags.empty(), engine.connectionsMax()));
        engine.interfaces().forEach(each ->
                add(gauge("engine.interface.info", "", "Always 1; where the engine takes an interface's frames is in the labels",
                        Tags.of("interface", each.name(), "hook", each.hook()), 1)));
        for (var counter : Counter.values()) {
            count(counter, engine.counters().getOrDefault(counter.name(), 0L));
        }
    }

    /// `FRAMES_X` and `DROP_X` are series of one metric each, whose label is X; the others are metrics of their own.
    private void count(Counter counter, long value) {
        String name = counter.name().toLowerCase(Locale.ROOT);
        if (name.startsWith("frames_")) {
            add(counter("engine.frames", "",
                    "Frames by what became of them; received: punted to the engine, answered: by the engine itself, offloaded: those of forwarded that never came to Java",
                    Tags.of("verdict", name.substring("frames_".length())), value));
        } else if (name.startsWith("drop_")) {
            add(counter("engine.drops", "", "Packets dropped, by reason; director(8) explains the reasons",
                    Tags.of("reason", name.substring("drop_".length())), value));
        } else {
            add(counter("engine." + name.replace('_', '.'), "", counter.help(), Tags.empty(), value));
        }
    }

    private void group(Group group, String director) {
        var tags = Tags.of("group", group.name());
        for (var role : Role.values()) {
            add(gauge("group.role", "", "1 for the role that this director has in the VIP group, 0 for the others",
                    tags.and("role", role.name().toLowerCase(Locale.ROOT)), bit(group.role() == role)));
        }
        add(gauge("group.holder", "", "Whether this director holds the VIP group",
                tags, bit(director.equals(group.holder()) && group.role() == Role.ACTIVE)));
        add(gauge("group.holder.known", "", "Whether this director knows a holder of the VIP group",
                tags, bit(group.holder() != null)));
        add(gauge("group.role.start.time", "seconds", "Since when this director has its role, in Unix time",
                tags, group.since().toEpochMilli() / 1000.0));
        add(gauge("group.epoch", "", "Epoch of the VIP group's holding; each takeover raises it",
                tags, Integer.toUnsignedLong(group.epoch())));
        add(gauge("group.fit", "", "Whether this director could hold the VIP group", tags, bit(group.fit())));
        add(gauge("group.alarm", "", "Whether directors of the VIP group see each other on a client network only; director status says which",
                tags, bit(group.alarm() != null)));
        add(gauge("group.synced", "", "Whether this director's connection table is complete for the VIP group",
                tags, bit(group.synced())));
        add(counter("group.transitions", "", "Changes of this director's role in the VIP group",
                tags, group.transitions()));
    }

    private void peer(Peer peer) {
        var tags = Tags.of("peer", peer.name());
        add(gauge("peer.connected", "", "Whether the other director is in the view", tags, bit(peer.connected())));
        add(gauge("sync.lag", "seconds", "Age of the oldest change that the peer has not acknowledged",
                tags, peer.lagSeconds()));
        add(gauge("sync.gap.connections", "", "Changed connections that the peer does not have yet",
                tags, peer.gapConnections()));
        add(counter("sync.sent.entries", "", "Connection entries sent to the peer", tags, peer.entriesSent()));
        add(counter("sync.received.entries", "", "Connection entries received from the peer",
                tags, peer.entriesReceived()));
        add(counter("sync.dropped.entries", "",
                "Connection entries given up because the peer was too slow; a snapshot follows",
                tags, peer.entriesDropped()));
        peer.messagesRefused().forEach((reason, count) ->
                add(counter("sync.refused.messages", "", "Sync messages of the peer that were refused, by reason",
                        tags.and("reason", reason.toLowerCase(Locale.ROOT)), count)));
    }

    private void ipvs(StatusReport.Ipvs ipvs) {
        add(counter("ipvs.sync.received.messages", "", "Messages of IPVS masters that came", Tags.empty(), ipvs.messagesReceived()));
        add(counter("ipvs.sync.inherited.connections", "", "Connections of IPVS masters that were handed to the table",
                Tags.empty(), ipvs.connectionsInherited()));
        add(counter("ipvs.sync.sent.messages", "", "Messages to IPVS backups", Tags.empty(), ipvs.messagesSent()));
        add(counter("ipvs.sync.told.connections", "", "Connections told to IPVS backups", Tags.empty(), ipvs.connectionsTold()));
        ipvs.refused().forEach((reason, count) ->
                add(counter("ipvs.sync.refused", "", "Messages and connections of the IPVS sync protocol that were not taken or not told, by reason",
                        Tags.of("reason", reason.toLowerCase(Locale.ROOT)), count)));
    }

    private void service(Service service) {
        var tags = Tags.of("service", service.name());
        add(gauge("service.half.open.connections", "", "TCP connections whose handshake is not done",
                tags, service.halfOpen()));
        add(gauge("service.overloaded", "", "Whether these are as many as syn-guard allows", tags, bit(service.overloaded())));
    }

    private void server(Service service, Server server) {
        var tags = Tags.of("service", service.name(), "realserver", server.endpoint());
        if (server.verdict() != Verdict.UNKNOWN) {
            add(gauge("realserver.up", "", "What the probes say: 1 up, 0 down; absent before the first verdict",
                    tags, bit(server.verdict() == Verdict.UP)));
        }
        add(gauge("realserver.weight", "", "Weight in effect; 0 if down or drained", tags, server.weight()));
        add(gauge("realserver.configured.weight", "", "Weight in the config file", tags, server.configuredWeight()));
        add(gauge("realserver.drained", "", "Whether the realserver is drained", tags, bit(server.drained())));
        String connections = "Connections now, as ipvsadm's ActiveConn and InActConn";
        add(gauge("realserver.connections", "", connections, tags.and("state", "active"), server.active()));
        add(gauge("realserver.connections", "", connections, tags.and("state", "inactive"), server.inactive()));
        var totals = server.totals();
        add(counter("realserver.scheduled.connections", "", "Connections given to the realserver",
                tags, totals.connections()));
        String packets = "Packets forwarded; in: to the realserver, out: from it (NAT and proxy only)";
        add(counter("realserver.packets", "", packets, tags.and("direction", "in"), totals.packetsIn()));
        add(counter("realserver.packets", "", packets, tags.and("direction", "out"), totals.packetsOut()));
        String bytes = "Bytes forwarded; in: to the realserver, out: from it (NAT and proxy only)";
        add(counter("realserver", "bytes", bytes, tags.and("direction", "in"), totals.bytesIn()));
        add(counter("realserver", "bytes", bytes, tags.and("direction", "out"), totals.bytesOut()));
    }

    private void add(Sample sample) {
        samples.add(sample);
    }

    private static double bit(boolean value) {
        return value ? 1 : 0;
    }
}
