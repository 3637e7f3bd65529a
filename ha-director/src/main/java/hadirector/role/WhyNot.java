package hadirector.role;

/// The reason why a director does not hold its group, in the order of the rules.
final class WhyNot {
    private WhyNot() {}

    static String of(Turn t) {
        return switch (t.role) {
            case Role.Active _, Role.HandingOver _ -> "";
            case Role.Claiming c -> claiming(t, c);
            case Role.Backup _ -> backup(t);
        };
    }

    private static String claiming(Turn t, Role.Claiming c) {
        return c.guarded() || t.peers.others().isEmpty()
                ? "the claim waits for " + String.join(", ", t.peers.others())
                : "the claim waits for its guard";
    }

    private static String backup(Turn t) {
        var holder = t.peers.holder();
        if (holder.isPresent()) {
            String leaving = t.overlap.isPresent() ? "; what still comes here is forwarded" : "";
            return holder.get().director() + " holds it" + leaving;
        }
        if (t.sighted().isPresent()) {
            return t.sighted().get().director() + " holds it and is heard on a client network only";
        }
        if (t.settings.ownPriority() == Standing.NOT_LISTED) {
            return "it has no priority for this group";
        }
        if (!t.unfit().isEmpty()) {
            return t.unfit();
        }
        var awaited = t.peers.awaited(t.now, t.silence());
        if (!awaited.isEmpty()) {
            return "not heard since the cluster changed: " + String.join(", ", awaited);
        }
        return t.peers
                .candidates(t.now, t.silence())
                .findFirst()
                .map(best -> best.director() + (best.hasMoreThan(t.standing())
                        ? " shall take it, its connection table is more complete"
                        : " shall take it"))
                .orElse("it waits for the cluster");
    }
}
