package hadirector.role;

import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.Role.Active;
import hadirector.role.Role.Backup;
import hadirector.role.Role.Claiming;
import hadirector.role.Role.HandingOver;
import java.util.List;
import java.util.Optional;

/// What follows from what is known, by role.
final class Rules {
    private Rules() {}

    static void apply(Turn t) {
        overlap(t);
        Role before;
        do {
            before = t.role;
            switch (t.role) {
                case Backup _ -> backup(t);
                case Claiming c -> claiming(t, c);
                case Active a -> active(t, a);
                case HandingOver h -> handingOver(t, h);
            }
        } while (!t.role.equals(before));
    }

    private static void overlap(Turn t) {
        if (t.overlap.isEmpty()) {
            return;
        }
        var overlap = t.overlap.get();
        boolean over = t.now - overlap.until() >= 0;
        if (!(t.role instanceof Active a)) {
            if (over) {
                t.endOverlap();
            }
        } else if (over || !t.peers.others().contains(overlap.other())) {
            t.hold(a.epoch(), a.since());
        }
    }

    private static void backup(Turn t) {
        if (t.stop.isPresent()) {
            if (t.overlap.isEmpty()) {
                reportStopped(t, t.stop.get());
            }
            return;
        }
        var holder = t.peers.holder();
        if (holder.isPresent()) {
            follow(t, holder.get());
        } else if (mayClaim(t)) {
            t.claim();
        }
    }

    /// One that never holds needs no table.
    private static void follow(Turn t, Standing holder) {
        if (t.settings.ownPriority() != Standing.NOT_LISTED) {
            t.follow(holder);
        }
    }

    private static void reportStopped(Turn t, GroupRole.Stop stop) {
        if (!stop.reported()) {
            t.stop = Optional.of(new GroupRole.Stop(stop.until(), true));
            t.act(new Action.Stopped());
        }
    }

    /// Nobody holds or claims the group, all have been heard, and none of them would be better.
    private static boolean mayClaim(Turn t) {
        var own = t.standing();
        return t.mayHold()
                && t.sighted().isEmpty()
                && !t.isAnyoneAwaited()
                && t.peers.claimants(t.now, t.silence()).findAny().isEmpty()
                && t.peers.candidates(t.now, t.silence()).noneMatch(other -> isBetter(other, own));
    }

    private static boolean isBetter(Standing other, Standing own) {
        return Standing.BEST_CANDIDATE_FIRST.compare(other, own) < 0;
    }

    private static void claiming(Turn t, Claiming c) {
        var own = t.standing();
        // A candidate may still have followed a holder when this director began to claim.
        boolean outdone = t.peers.claimants(t.now, t.silence()).anyMatch(other -> isBetter(other, own))
                || t.peers.candidates(t.now, t.silence()).anyMatch(other -> other.hasMoreThan(own));
        if (!t.mayHold() || t.peers.holder().isPresent() || t.sighted().isPresent() || outdone) {
            t.role = new Backup();
        } else if (t.epochs.highest() > c.epoch() || t.peers.denies(c.epoch(), own.director())) {
            t.claim(); // Somebody has seen a higher epoch, or granted this one to another.
        } else if (t.peers.grant(c.epoch(), own.director(), t.now, t.silence()) && isSafe(t, c)) {
            t.hold(c.epoch(), t.now);
        }
    }

    /// Nobody can hold the group unseen: the guard says so, or everybody there is has granted the claim.
    private static boolean isSafe(Turn t, Claiming c) {
        var quorum = t.settings.quorum();
        long granted = t.peers.granted(c.epoch(), t.settings.director());
        return quorum.isGranted(granted) && (c.guarded() || quorum.isAll(granted));
    }

    private static void active(Turn t, Active a) {
        var rival = t.peers.holder();
        boolean stronger = rival.filter(r -> isStronger(r, t.standing())).isPresent() || isOutshone(t) || isUnheard(t);
        if (stronger || t.stopOverdue() || !t.hasQuorum()) {
            t.release(true);
        } else if (!t.fitness.fit()) {
            leave(t, a, t.successors());
        } else if (rival.isPresent()) {
            t.announceDue = true;
            raise(t, a, rival.get().epoch());
        } else if (t.overlap.isPresent()) {
            return; // Until it answers it does nothing else.
        } else if (t.stop.isPresent()) {
            stopping(t, a, t.successors());
        } else {
            hold(t, a);
        }
    }

    /// A stronger holder is heard on a client network: it need not be in the view.
    private static boolean isOutshone(Turn t) {
        return t.sighted().filter(rival -> rival.isStrongerThan(t.standing(), t.settings)).isPresent();
    }

    /// A weaker holder that is not in the view and does not give in does not hear this one: its frames get lost, the clients' answers
    /// too. Then the other is the better holder.
    private static boolean isUnheard(Turn t) {
        return t.sighted()
                .filter(rival -> !t.peers.others().contains(rival.director()))
                .filter(rival -> t.now - rival.since() >= t.settings.timing().beacon())
                .isPresent();
    }

    private static boolean isStronger(Standing rival, Standing own) {
        return Standing.STRONGEST_HOLDER_FIRST.compare(rival, own) < 0;
    }

    /// A director that cannot forward closes at once, whoever takes over.
    private static void leave(Turn t, Active a, List<Standing> successors) {
        if (successors.isEmpty()) {
            t.release(true);
        } else {
            t.act(new Action.CloseDataPath());
            t.offer(a, false, successors.getFirst().director(), Optional.empty());
        }
    }

    private static void stopping(Turn t, Active a, List<Standing> successors) {
        boolean hope = t.peers.candidates(t.now, t.silence()).findAny().isPresent();
        if (!successors.isEmpty()) {
            t.offer(a, true, successors.getFirst().director(), Optional.empty());
        } else if (!hope) {
            t.release(true);
        }
    }

    /// An undisputed holder's duties: the highest epoch known, announced after a merge, the best director.
    private static void hold(Turn t, Active a) {
        if (t.isAnyoneAwaited()) {
            return;
        }
        if (t.epochs.highest() > a.epoch() && t.pause.isEmpty()) {
            raise(t, a, t.epochs.highest());
            t.pause("its epoch has just been raised");
        }
        if (t.announceDue && t.sighted().isEmpty()) {
            t.announceDue = false;
            t.act(new Action.Announce());
        }
        boolean damped = t.now - a.since() < t.takings.damping(t.settings.timing().damping());
        boolean deposed = t.settings.ownPriority() == Standing.NOT_LISTED;
        if ((deposed || t.settings.preempt()) && t.role.equals(a) && t.pause.isEmpty() && !damped) {
            t.successors().stream()
                    .filter(other -> deposed || other.priority() > t.priority())
                    .findFirst()
                    .ifPresent(other -> t.offer(a, true, other.director(), Optional.empty()));
        }
    }

    /// A holder's epoch is above every other, so that nobody refuses its changes as stale.
    private static void raise(Turn t, Active a, int other) {
        if (a.epoch() <= other) {
            t.hold(t.epochs.highest() + 1, a.since());
        }
    }

    private static void handingOver(Turn t, HandingOver h) {
        var rival = t.peers.holder().filter(r -> isStronger(r, t.standing()));
        var taken = t.sighted().filter(heard -> heard.director().equals(h.target()) && heard.epoch() >= h.offered());
        if (rival.isPresent()) {
            handedOver(t, h, rival.get().director(), rival.get().epoch());
        } else if (taken.isPresent()) {
            handedOver(t, h, h.target(), taken.get().epoch());
        } else if (t.stopOverdue() || isOutshoneBeside(t, h.target())) {
            t.answer(h.request(), new Outcome.Refused(t.settings.director() + " has given it up"));
            t.release(h.forwarding());
        } else if (h.forwarding() && !(t.fitness.fit() && t.hasQuorum())) {
            t.act(new Action.CloseDataPath());
            t.role = h.closed();
        } else if (!h.withdrawn() && t.now - h.begun() >= t.settings.timing().handover()) {
            t.epochs = t.epochs.see(h.offered() + 1, t.settings.director());
            t.role = h.withdraw();
        } else {
            Failover.failed(t, h).ifPresent(why -> takeBack(t, h, why));
        }
    }

    /// The target of a hand-over is expected to be heard.
    private static boolean isOutshoneBeside(Turn t, String target) {
        return isOutshone(t) && t.sighted().filter(rival -> rival.director().equals(target)).isEmpty();
    }

    private static void handedOver(Turn t, HandingOver h, String holder, int epoch) {
        boolean planned = holder.equals(h.target());
        t.answer(
                h.request(),
                planned
                        ? new Outcome.Moved(holder, epoch, t.now - h.begun())
                        : new Outcome.Refused(holder + " holds " + t.settings.group() + " now"));
        if (planned && h.forwarding()) {
            t.leave(holder);
        } else {
            t.release(h.forwarding());
        }
        if (planned) {
            t.act(new Action.HandOver(holder, epoch));
        }
    }

    /// Goes on above the offered epoch, so that the offer is void if it still arrives.
    private static void takeBack(Turn t, HandingOver h, String why) {
        t.answer(h.request(), new Outcome.Refused(why));
        t.pause(why);
        if (h.forwarding()) {
            t.hold(t.epochs.highest() + 1, h.holding().since());
        } else {
            t.release(false);
        }
    }
}
