package hadirector.role;

import hadirector.role.FailoverRequest.Outcome;
import java.util.Optional;
import java.util.TreeSet;

/// Operators' failovers: who answers them, and every reason for a refusal, as a sentence.
final class Failover {
    private Failover() {}

    static void request(Turn t, FailoverRequest request) {
        switch (t.role) {
            case Role.Active a -> begin(t, a, request);
            case Role.HandingOver h ->
                    refuse(t, request, "a hand-over of %s to %s is under way".formatted(group(t), h.target()));
            case Role.Backup _, Role.Claiming _ -> pass(t, request);
        }
    }

    private static void pass(Turn t, FailoverRequest request) {
        var holder = t.peers.holder();
        if (holder.isEmpty()) {
            refuse(t, request, "no director holds " + group(t));
        } else if (!request.origin().equals(t.settings.director())) {
            refuse(t, request, "%s does not hold %s any more".formatted(t.settings.director(), group(t)));
        } else {
            t.act(new Action.Forward(holder.get().director(), request));
        }
    }

    private static void begin(Turn t, Role.Active a, FailoverRequest request) {
        var target = request.target().or(() -> t.successors().stream().findFirst().map(Standing::director));
        var reason = target.map(name -> whyNot(t, name, request.force())).orElseGet(() -> Optional.of(nobody(t)));
        if (!t.fitness.fit() || t.stop.isPresent()) {
            refuse(t, request, "%s is giving %s up already".formatted(t.settings.director(), group(t)));
        } else if (t.overlap.isPresent()) {
            refuse(t, request, "%s is just taking over %s".formatted(t.settings.director(), group(t)));
        } else if (reason.isPresent()) {
            refuse(t, request, reason.get());
        } else {
            t.offer(a, true, target.orElseThrow(), Optional.of(request));
        }
    }

    /// Why `target` cannot take the group over now; empty if it can.
    private static Optional<String> whyNot(Turn t, String target, boolean force) {
        if (target.equals(t.settings.director())) {
            return Optional.of("%s already holds %s".formatted(target, group(t)));
        }
        if (!t.peers.others().contains(target)) {
            return Optional.of(
                    t.settings.priority().containsKey(target)
                            ? target + " is not in the cluster now"
                            : "%s is no director of %s; these are: %s".formatted(target, group(t), directors(t)));
        }
        return t.peers
                .of(target)
                .map(s -> whyNot(s, force || t.hasCopy(s)))
                .orElseGet(() -> Optional.of(target + " has not reported since the cluster changed"));
    }

    private static Optional<String> whyNot(Standing target, boolean copied) {
        String name = target.director();
        if (target.priority() == Standing.NOT_LISTED) {
            return Optional.of("%s has no priority for group %s, so it never holds it".formatted(name, target.group()));
        }
        if (!target.fit()) {
            return Optional.of("%s is not fit: %s".formatted(name, target.why()));
        }
        if (!copied) {
            return Optional.of(name + " has no verified copy of the connection table yet");
        }
        return Optional.empty();
    }

    private static String nobody(Turn t) {
        var reasons = t.peers.others().stream().flatMap(other -> whyNot(t, other, false).stream()).toList();
        return reasons.isEmpty()
                ? "no other director is in the cluster"
                : "no other director can take %s: %s".formatted(group(t), String.join("; ", reasons));
    }

    private static String directors(Turn t) {
        return String.join(", ", new TreeSet<>(t.settings.priority().keySet()));
    }

    /// Why a hand-over that is under way has failed; empty while it may still succeed.
    static Optional<String> failed(Turn t, Role.HandingOver h) {
        if (!t.peers.others().contains(h.target())) {
            return Optional.of(h.target() + " left the cluster");
        }
        var refusal = t.peers.of(h.target()).filter(s -> s.role() == Role.Kind.BACKUP && s.epoch() >= h.offered());
        if (refusal.isPresent() && h.withdrawn()) {
            return Optional.of(h.target() + " did not take over in time");
        }
        if (refusal.isPresent()) {
            String why = refusal.get().why();
            return Optional.of(h.target() + " refused" + (why.isEmpty() ? "" : ": " + why));
        }
        return t.now - h.begun() < 2 * t.settings.timing().handover()
                ? Optional.empty()
                : Optional.of(h.target() + " does not answer");
    }

    private static void refuse(Turn t, FailoverRequest request, String why) {
        t.act(new Action.Answer(request, new Outcome.Refused(why)));
    }

    private static String group(Turn t) {
        return "group " + t.settings.group();
    }
}
