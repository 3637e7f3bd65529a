package hadirector.health;

import hadirector.health.Health.Status;
import hadirector.model.RealServer;
import hadirector.model.VirtualService;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Who is probed, on whose behalf, and with what result so far. Results and configurations go in,
/// verdicts and probes to start or stop come out. One thread at a time.
public final class Roster {
    private record Seat(Optional<ProbeKey> probe, Status status, Instant since) {}

    /// What a new configuration asks for.
    public record Change(Set<ProbeKey> started, Set<ProbeKey> stopped, List<Verdict> verdicts) {}

    private final Map<ProbeKey, ProbeHistory> probes = new LinkedHashMap<>();
    private final Map<ProbeKey, List<Target>> users = new HashMap<>();
    private Map<Target, Seat> seats = new LinkedHashMap<>();

    /// Takes over a configuration by difference. An equal probe goes on with its history; a changed one
    /// starts from the state that its realserver had, so that a reload of itself never moves a verdict.
    public Change configure(Collection<VirtualService> services, Instant now) {
        var before = seats;
        var old = new HashSet<>(probes.keySet());
        seats = new LinkedHashMap<>();
        users.clear();
        var verdicts = new ArrayList<Verdict>();
        for (var service : services) {
            for (var server : service.realServers()) {
                seat(service, server, before, now, verdicts);
            }
        }
        var started = new LinkedHashSet<>(probes.keySet());
        started.removeAll(old);
        var stopped = new LinkedHashSet<>(old);
        stopped.removeAll(users.keySet());
        probes.keySet().retainAll(users.keySet());
        return new Change(started, stopped, verdicts);
    }

    private void seat(
            VirtualService service,
            RealServer server,
            Map<Target, Seat> before,
            Instant now,
            List<Verdict> verdicts) {
        var target = new Target(service.name(), server.endpoint());
        var was = before.getOrDefault(target, new Seat(Optional.empty(), Status.UNKNOWN, now));
        var key = ProbeKey.of(service, server);
        key.ifPresent(k -> {
            probes.computeIfAbsent(k, _ -> ProbeHistory.startingFrom(was.status));
            users.computeIfAbsent(k, _ -> new ArrayList<>()).add(target);
        });
        seats.put(target, new Seat(key, was.status, was.since));
        move(target, now).ifPresent(verdicts::add);
    }

    /// Takes in one result; a result of a probe that is not wanted any more changes nothing.
    public List<Verdict> result(ProbeKey key, ProbeResult result, Instant now) {
        probes.computeIfPresent(key, (_, history) -> history.after(result, key.check().schedule(), now));
        return users(key).stream().flatMap(target -> move(target, now).stream()).toList();
    }

    /// Brings a target's state in line with its probe's.
    private Optional<Verdict> move(Target target, Instant now) {
        var seat = seats.get(target);
        if (seat == null || statusOf(seat) == seat.status) {
            return Optional.empty();
        }
        var moved = new Seat(seat.probe, statusOf(seat), now);
        seats.put(target, moved);
        return Optional.of(verdict(target, moved));
    }

    private Status statusOf(Seat seat) {
        return history(seat.probe).map(history -> history.health().status()).orElse(Status.UP);
    }

    private Optional<ProbeHistory> history(Optional<ProbeKey> probe) {
        return probe.flatMap(key -> Optional.ofNullable(probes.get(key)));
    }

    private Verdict verdict(Target target, Seat seat) {
        var history = history(seat.probe);
        String reason = seat.probe.isEmpty()
                ? "no check"
                : history.flatMap(ProbeHistory::last).map(last -> last.result().text()).orElse("not probed yet");
        boolean up = seat.status == Status.UP;
        return new Verdict(
                target, up, reason, seat.since, up ? history.flatMap(ProbeHistory::latency) : Optional.empty());
    }

    /// The targets that a probe works for.
    public List<Target> users(ProbeKey key) {
        return users.getOrDefault(key, List.of());
    }

    /// The probe of a target; empty if it has no check or there is no such target.
    public Optional<ProbeKey> probe(Target target) {
        return Optional.ofNullable(seats.get(target)).flatMap(Seat::probe);
    }

    /// Every target in the order of the configuration.
    public List<TargetHealth> snapshot(Map<ProbeKey, Instant> nextRuns) {
        var lines = new ArrayList<TargetHealth>(seats.size());
        seats.forEach((target, seat) -> {
            var probed = seat.probe.flatMap(key ->
                    history(seat.probe).map(history -> new TargetHealth.Probed(key, history)));
            var nextRun = seat.probe.map(nextRuns::get);
            lines.add(new TargetHealth(target, seat.status, seat.since, probed, nextRun));
        });
        return lines;
    }
}
