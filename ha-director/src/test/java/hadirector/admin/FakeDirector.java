package hadirector.admin;

import hadirector.admin.StatusReport.Cluster;
import hadirector.admin.StatusReport.Engine;
import hadirector.admin.StatusReport.Group;
import hadirector.admin.StatusReport.Peer;
import hadirector.admin.StatusReport.Rates;
import hadirector.admin.StatusReport.Role;
import hadirector.admin.StatusReport.Server;
import hadirector.admin.StatusReport.Service;
import hadirector.admin.StatusReport.Traffic;
import hadirector.admin.StatusReport.Verdict;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.engine.Whereabouts;
import hadirector.engine.Whereabouts.NextHop;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A director that says what the test wants, and remembers what it was asked.
///
/// @param answer to all commands, by what was asked
public record FakeDirector(
        Supplier<StatusReport> report, Function<String, Answer> answer, List<String> asked)
        implements Operations {
    public static final Instant NOW = Instant.parse("2026-03-04T12:00:00Z");
    public static final List<ConnectionEntry> CONNECTIONS =
            List.of(
                    entry(Protocol.TCP, "192.0.2.7:51234", 80, "10.1.0.11:80", ConnectionState.ESTABLISHED, 898),
                    entry(Protocol.TCP, "192.0.2.8:4000", 80, "10.1.0.12:80", ConnectionState.FIN_WAIT, 100),
                    entry(Protocol.UDP, "192.0.2.7:4000", 53, "10.1.0.12:53", ConnectionState.UDP, 299));

    public static final List<TakeoverReport> TAKEOVERS = List.of(
            takeover("web", 7, "lb2", TakeoverReport.Cause.DIED, 152.4), takeover("dns", 3, null, TakeoverReport.Cause.FIRST, null));

    private static TakeoverReport takeover(
            String group, int epoch, @Nullable String from, TakeoverReport.Cause cause, @Nullable Double gap) {
        return new TakeoverReport(
                group,
                epoch,
                from,
                "lb1",
                cause,
                "a reason",
                NOW.minusSeconds(epoch),
                gap,
                17,
                2,
                1,
                List.of(new TakeoverReport.Step(-20.5, "lb1", "peer-gone, peer lb2"), new TakeoverReport.Step(0, "lb1", "active")));
    }

    public static FakeDirector idle() {
        return reporting(FakeDirector::sample);
    }

    public static FakeDirector answering(Function<String, Answer> answer) {
        return new FakeDirector(FakeDirector::sample, answer, new CopyOnWriteArrayList<>());
    }

    public static FakeDirector reporting(Supplier<StatusReport> report) {
        return new FakeDirector(report, _ -> new Answer.Done("done", 1), new CopyOnWriteArrayList<>());
    }

    private static ConnectionEntry entry(
            Protocol protocol, String client, int port, String real, ConnectionState state, int seconds) {
        return new ConnectionEntry(
                protocol,
                Endpoint.of(client),
                Endpoint.of("192.0.2.10:" + port),
                Endpoint.of(real),
                ForwardingMethod.NAT,
                state,
                seconds);
    }

    /// lb1 holds `web`, `dns` is held by lb2; one realserver is down, one drained.
    public static StatusReport sample() {
        return sample(Traffic.NONE);
    }

    public static StatusReport sample(Traffic ofTheFirst) {
        return new StatusReport(
                "lb1",
                new Build("0.1.0", "abc1234", "25", "Linux 6.12"),
                NOW.minusSeconds(11_520),
                new Engine(
                        "packet",
                        "tcx + AF_PACKET on eth0, eth1",
                        null,
                        17,
                        1_000_000,
                        List.of(
                                new StatusReport.Interface("eth0", "xdp + tcx", "", List.of()),
                                new StatusReport.Interface(
                                        "eth1", "tcx", "its driver has no XDP", List.of("tcx cil_from_netdev"))),
                        Map.of("FRAMES_RECEIVED", 1000L, "FRAMES_FORWARDED", 4_000L, "FRAMES_OFFLOADED", 3_940L, "DROP_TTL", 3L, "DROP_MALFORMED", 0L, "EXPIRED", 5L)),
                new Cluster("edge", 7, List.of("lb1", "lb2"), Map.of(), new StatusReport.Wire(true, Map.of("lb1", NOW.plusSeconds(86_400)), Map.of("STRANGER", 2L), 1, Map.of("10.0.9.1:7800", List.of("lb2")))),
                List.of(
                        new Group(
                                "web", "lb1", Role.ACTIVE, NOW.minusSeconds(11_500), 7, true, null, true, 3, null,
                                List.of("192.0.2.10/24@eth0"), List.of("10.1.0.1/24@eth1")),
                        new Group(
                                "dns", "lb2", Role.BACKUP, NOW.minusSeconds(65), 2, false,
                                "eth1 has no carrier", false, 1, "lb2 holds it and is heard on a client network only: the cluster network is cut",
                                List.of("192.0.2.11/24@eth0"), List.of())),
                List.of(new Peer("lb2", true, 0.0125, 0, NOW.minusSeconds(3600), 120, 4, 0, Map.of())),
                List.of(
                        new Service(
                                "shop", "web", "tcp", "192.0.2.10:80", "wlc", 12, false,
                                List.of(
                                        new Server(
                                                "10.1.0.11:80", "nat", false, 1, 1, false, Verdict.UP, null,
                                                NOW.minusSeconds(11_000), 12, 3, 1, ofTheFirst,
                                                new Rates(1.25, 300, 40, 45_700, 1_234_567)),
                                        new Server(
                                                "10.1.0.12:80", "dr", true, 0, 2, false, Verdict.DOWN,
                                                "connect: refused", NOW.minusSeconds(12), 2, 0, 0,
                                                new Traffic(600, 28_000, 0, 2_200_000, 1_234_567_890),
                                                Rates.NONE),
                                        new Server(
                                                "10.1.0.13:80", "nat", false, 0, 1, true, Verdict.UNKNOWN, null,
                                                null, 0, 0, 0, Traffic.NONE, Rates.NONE))),
                        new Service("names", "dns", "udp", "192.0.2.10:53", "rr", 0, false, List.of())),
                new StatusReport.Ipvs(NOW.minusSeconds(2), 40, 120, 3, 9, Map.of("TEMPLATE", 2L, "HELD", 31L)));
    }

    @Override
    public StatusReport status() {
        return report.get();
    }

    @Override
    public List<ConnectionEntry> connections(ConnectionFilter filter, int limit) {
        return CONNECTIONS.stream().filter(filter).limit(limit).toList();
    }

    /// A client's port of 51234 is known, any other is new; port 81 has no service.
    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        asked("where " + protocol.word() + " " + client + " " + virtual);
        var entry = CONNECTIONS.stream().filter(each -> each.client().equals(client)).findFirst();
        if (virtual.port() == 81) {
            return new Whereabouts(
                    Optional.of("web"), true, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty(), Whereabouts.Hook.NONE, "no service listens on tcp port 81");
        }
        var mac = Optional.of("02:00:00:00:00:0b");
        return new Whereabouts(
                Optional.of("web"),
                true,
                Optional.of("shop"),
                entry,
                Optional.of(Endpoint.of("10.1.0.11:80")),
                Optional.of("nat"),
                Optional.of(new NextHop("eth1", mac, Optional.of(Endpoint.of("10.1.0.11:80").address()))),
                entry.map(_ -> new NextHop("eth0", mac, Optional.empty())),
                entry.isPresent() ? Whereabouts.Hook.TC : Whereabouts.Hook.JAVA,
                entry.isPresent() ? "the kernel forwards" : "no entry: wlc would choose this realserver now");
    }

    @Override
    public List<TakeoverReport> failovers() {
        return TAKEOVERS;
    }

    @Override
    public Answer failover(String group, Optional<String> target, boolean force) {
        return asked("failover " + group + " " + target.orElse("-") + (force ? " forced" : ""));
    }

    @Override
    public Answer drain(String service, Endpoint realServer) {
        return asked("drain " + service + " " + realServer);
    }

    @Override
    public Answer enable(String service, Endpoint realServer) {
        return asked("enable " + service + " " + realServer);
    }

    @Override
    public Answer reload(boolean dryRun) {
        return asked("reload " + dryRun);
    }

    private Answer asked(String what) {
        asked.add(what);
        return answer.apply(what);
    }
}
