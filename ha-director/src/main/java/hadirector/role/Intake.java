package hadirector.role;

import hadirector.role.FailoverRequest.Outcome;
import java.util.Optional;

/// Takes an event into what is known. What follows from it is for [Rules].
final class Intake {
    private Intake() {}

    static void take(Turn t, Event event) {
        t.pause = t.pause.filter(p -> t.now - p.until() < 0);
        switch (event) {
            case Event.ViewChanged view -> view(t, view);
            case Event.Received received -> t.copy = t.copy.received(received);
            case Event.Heard(Standing told) -> heard(t, told);
            case Event.Unreadable(String member) -> t.peers = t.peers.strange(member);
            case Event.Fitness fitness -> t.fitness = fitness;
            case Event.Fenced(String why) -> fence(t, why);
            case Event.HolderHeard(String director, int epoch) -> sight(t, director, epoch);
            case Event.HolderLeft(String director, int epoch) -> unsight(t, director, epoch);
            case Event.GatewaySeen(boolean seen) -> t.gateway = seen;
            case Event.EngineFailed(String why) -> engineFailed(t, why);
            case Event.Synced synced -> t.copy = t.copy.synced(synced, t.now);
            case Event.HandoverArrived(int epoch) -> handover(t, epoch);
            case Event.FailoverRequested(FailoverRequest request) -> Failover.request(t, request);
            case Event.Stopping _ -> stop(t);
            case Event.Reconfigured changed -> t.settings = t.settings.with(changed);
            case Event.GuardPassed(int epoch) -> guardPassed(t, epoch);
            case Event.GuardFailed(int epoch, String why) -> guardFailed(t, epoch, why);
            case Event.Tick _ -> {}
        }
    }

    private static void view(Turn t, Event.ViewChanged view) {
        t.peers = t.peers.view(view.members(), t.settings.director(), t.now);
        t.sighting = Optional.empty();
        t.tell = true;
        if (t.role instanceof Role.Claiming) {
            t.role = new Role.Backup(); // Its grants were another view's.
        }
        // Who comes may have held the group elsewhere, or who held it there has died.
        t.announceDue |= t.role.kind().holds();
        boolean sourceLeft =
                t.copy.source().filter(s -> !view.members().contains(s.director())).isPresent();
        if (view.merged() || sourceLeft) {
            t.copy = t.copy.detached();
        }
    }

    private static void heard(Turn t, Standing told) {
        if (!t.peers.counts(told)) {
            return;
        }
        boolean first = t.peers.of(told.director()).isEmpty();
        boolean backup = told.role() == Role.Kind.BACKUP;
        boolean disputed = t.role.kind().holds() && told.role().holds();
        t.peers = t.peers.hear(told, t.now);
        boolean claims = told.role() == Role.Kind.CLAIMING;
        boolean held = t.role.kind().holds() || t.peers.holder().isPresent() || t.sighted().isPresent();
        // To see a claim's epoch is to grant it. While there is a holder, or may be one that was not heard yet, nobody does, and for two at once neither.
        if (!claims || !(held || t.isAnyoneAwaited() || isBoundToAnother(t, told.director()))) {
            t.epochs = t.epochs.see(told.epoch(), backup ? told.holder() : told.director());
        }
        t.tell |= first || claims || disputed; // Somebody new, a claimant that needs an answer, another holder.
    }

    /// Whether this director has granted the claim of another member that still claims.
    private static boolean isBoundToAnother(Turn t, String claimant) {
        return !t.epochs.owner().equals(claimant)
                && t.peers.claimants(t.now, t.silence()).anyMatch(other -> other.director().equals(t.epochs.owner()));
    }

    private static void engineFailed(Turn t, String why) {
        t.fitness = new Event.Fitness(false, why);
        lose(t, why);
    }

    /// While this director was not there the others may have taken over: it holds nothing, and has heard nothing.
    static void fence(Turn t, String why) {
        lose(t, why);
        t.role = new Role.Backup();
        t.peers = t.peers.unheard(t.now);
        t.sighting = Optional.empty();
        t.pause(why, t.settings.timing().beacon()); // What it takes in now seems new and is not.
        t.tell = true;
    }

    private static void lose(Turn t, String why) {
        if (t.role instanceof Role.HandingOver h) {
            t.answer(h.request(), new Outcome.Refused(t.settings.director() + " failed: " + why));
            t.release(h.forwarding());
        } else if (t.role instanceof Role.Active) {
            t.release(true);
        } else {
            t.endOverlap();
        }
    }

    /// What the guard has found, or waits for, is out of date.
    private static void unsight(Turn t, String director, int epoch) {
        t.sighting = t.sighting.filter(heard -> !heard.director().equals(director) || heard.epoch() > epoch);
        t.pause = t.pause.filter(p -> !p.refused());
        if (t.role instanceof Role.Claiming c) {
            t.act(new Action.CheckGuard(c.epoch()));
        }
    }

    /// A rival may have the clients: they are told at once, and again when it is silent.
    private static void sight(Turn t, String director, int epoch) {
        if (director.equals(t.settings.director())) {
            return;
        }
        var before = t.sighted().filter(heard -> heard.director().equals(director));
        boolean first = before.isEmpty();
        t.sighting = Optional.of(new Sighting(director, epoch, before.map(Sighting::since).orElse(t.now), t.now));
        t.epochs = t.epochs.see(epoch, director);
        if (t.role instanceof Role.Active) {
            t.announceDue = true;
            if (first && !isStronger(t)) {
                t.act(new Action.Announce());
            }
        }
    }

    private static boolean isStronger(Turn t) {
        return t.sighted().filter(heard -> heard.isStrongerThan(t.standing(), t.settings)).isPresent();
    }

    /// An epoch that is not above all that was seen is a hand-over that came too late.
    private static void handover(Turn t, int epoch) {
        if (t.role instanceof Role.Active a && t.overlap.isPresent() && a.epoch() == epoch) {
            t.hold(epoch, a.since());
            return;
        }
        boolean accepted = !t.role.kind().holds() && t.mayHold() && epoch > t.epochs.highest();
        t.epochs = t.epochs.see(epoch, t.settings.director());
        t.tell = true;
        if (accepted) {
            t.peers.holder()
                    .ifPresentOrElse(giver -> t.prepare(epoch, giver.director()), () -> t.hold(epoch, t.now));
        }
    }

    private static void stop(Turn t) {
        if (t.stop.isEmpty()) {
            t.stop = Optional.of(new GroupRole.Stop(t.now + t.settings.timing().stop(), false));
        }
    }

    private static void guardPassed(Turn t, int epoch) {
        if (t.role instanceof Role.Claiming c && c.epoch() == epoch) {
            t.role = new Role.Claiming(epoch, c.since(), true);
        }
    }

    private static void guardFailed(Turn t, int epoch, String why) {
        if (t.role instanceof Role.Claiming c && c.epoch() == epoch) {
            t.role = new Role.Backup();
            t.pauseRefused(why);
        }
    }
}
