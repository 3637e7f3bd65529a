package hadirector.director;

import hadirector.engine.ForwardingEngine;
import hadirector.role.Action;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.GroupRole;
import hadirector.role.GroupSettings;
import hadirector.role.Role;
import hadirector.role.Standing;
import hadirector.sync.ConnectionSync;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/// Runs the role machine of one VIP group: feeds it and does what it says. The director's thread; the state may be read by
/// any.
final class GroupControl {
    /// Where the machine's words to other directors and to operators go.
    interface Outlet {
        void tell(Standing standing);

        void forward(String group, String holder, FailoverRequest request);

        void answer(String group, FailoverRequest request, FailoverRequest.Outcome outcome);

        /// The data path of the group was opened, or goes on under a higher epoch.
        void opened(String group, int epoch);

        void closed(String group);

        /// Another director has taken over what this one held until now, by its own word.
        void handedOver(String group);

        void stopped(String group);

        /// Finds out whether the claim of `epoch` is safe, and answers with a guard's event, some time later.
        void guard(String group, int epoch, Consumer<Event> verdict);
    }

    /// @param role since `since`; `transitions` counts its changes from the director's start
    record Snapshot(GroupRole role, Instant since, long transitions) {}

    private final String name;
    private final ForwardingEngine engine;
    private final ConnectionSync sync;
    private final Outlet outlet;
    private final EventLog log;
    private final Duration receivedMax;
    private final CatchUp catchUp = new CatchUp();
    private final Deque<Event> waiting = new ArrayDeque<>();
    private boolean running;
    private volatile Snapshot snapshot;

    /// @param receivedMax how long to wait for what has been received to be in the table: less than the lease, or the engine takes the decision to open for an old
    ///     one
    GroupControl(
            GroupSettings settings, ForwardingEngine engine, ConnectionSync sync, Outlet outlet, EventLog log, Duration receivedMax) {
        name = settings.group();
        this.engine = engine;
        this.sync = sync;
        this.outlet = outlet;
        this.log = log;
        this.receivedMax = receivedMax;
        snapshot = new Snapshot(GroupRole.start(settings, System.nanoTime()), Instant.now(), 0);
    }

    String name() {
        return name;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    GroupRole role() {
        return snapshot.role();
    }

    /// This director was busy with actions of any group: that is no pause.
    void awake(long now) {
        snapshot = new Snapshot(snapshot.role().awakeAt(now), snapshot.since(), snapshot.transitions());
    }

    /// Takes an event; those that its actions cause come after it.
    void feed(Event event) {
        waiting.add(event);
        if (running) {
            return;
        }
        running = true;
        try {
            for (var next = waiting.poll(); next != null; next = waiting.poll()) {
                step(next);
            }
        } finally {
            running = false;
        }
    }

    /// An operator's wish. A holder first sees to it that the target has every connection, unless the operator forces it.
    void failover(FailoverRequest request, long now) {
        var target = request.target().or(() -> role().successor(now));
        if (request.force() || target.isEmpty() || role().role().kind() != Role.Kind.ACTIVE) {
            feed(new Event.FailoverRequested(request));
        } else {
            catchUp.add(request, target.get(), now);
            catchUp(now);
        }
    }

    /// Decides the failovers that wait for their target; call it now and then.
    void catchUp(long now) {
        if (catchUp.isEmpty()) {
            return;
        }
        for (var decided : catchUp.decide(sync.stats().peers(), now)) {
            decided.refusal()
                    .ifPresentOrElse(
                            why -> outlet.answer(name, decided.request(), new FailoverRequest.Outcome.Refused(why)),
                            () -> feed(new Event.FailoverRequested(decided.request())));
        }
    }

    private void step(Event event) {
        var before = snapshot;
        long now = System.nanoTime();
        var step = before.role().step(event, now);
        boolean changed = before.role().role().kind() != step.next().role().kind();
        snapshot =
                changed
                        ? new Snapshot(step.next(), Instant.now(), before.transitions() + 1)
                        : new Snapshot(step.next(), before.since(), before.transitions());
        step.actions().forEach(action -> act(action, now));
        if (changed) {
            report(step.next());
            if (before.role().role() instanceof Role.HandingOver h && h.forwarding() && step.next().role() instanceof Role.Backup) {
                outlet.handedOver(name);
            }
        }
    }

    private void act(Action action, long decidedAt) {
        switch (action) {
            case Action.OpenDataPath(int epoch) -> {
                settle(epoch);
                engine.open(name, epoch, decidedAt);
                outlet.opened(name, epoch);
            }
            case Action.PrepareDataPath(int epoch) -> {
                settle(epoch);
                engine.prepare(name, epoch, decidedAt);
                outlet.opened(name, epoch);
            }
            case Action.LeaveDataPath _ -> {
                engine.leave(name);
                outlet.closed(name);
            }
            case Action.CloseDataPath _ -> {
                engine.close(name);
                outlet.closed(name);
            }
            case Action.Announce _ -> engine.announce(name);
            case Action.Tell(Standing standing) -> outlet.tell(standing);
            case Action.CheckGuard(int epoch) -> outlet.guard(name, epoch, this::feed);
            case Action.HandOver(String target, int epoch) -> {
                log.event(role().role().kind().holds() ? "handing-over" : "handed-over", "group", name, "to", target, "epoch", epoch);
                sync.handover(target, name, epoch);
            }
            case Action.RequestSnapshot(String holder, int epoch) -> {
                sync.epoch(name, epoch);
                sync.requestSnapshot(holder, name);
            }
            case Action.Forward(String holder, FailoverRequest request) -> outlet.forward(name, holder, request);
            case Action.Answer(FailoverRequest request, FailoverRequest.Outcome outcome) ->
                    outlet.answer(name, request, outcome);
            case Action.Stopped _ -> outlet.stopped(name);
        }
    }

    /// What the last holder had sent is with the engine before it opens, and in its table before it announces.
    private void settle(int epoch) {
        receive("opening");
        sync.epoch(name, epoch); // From now on what is of before gives way to what is here.
    }

    /// What has come from other directors is with the engine.
    void receive(String before) {
        try {
            if (!sync.awaitReceived(receivedMax)) {
                log.warn(before + "-early", "group", name, "why", "replicated entries were still being taken in");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Brings the data path back to what the role is, after a reload that the engine did not take.
    void reopen() {
        switch (snapshot.role().role()) {
            case Role.Active(int epoch, long _) when snapshot.role().isPrepared() -> engine.prepare(name, epoch, System.nanoTime());
            case Role.Active(int epoch, long _) -> engine.open(name, epoch);
            case Role.HandingOver h when h.forwarding() -> engine.open(name, h.holding().epoch());
            case Role.HandingOver _, Role.Backup _, Role.Claiming _ -> {}
        }
    }

    private String connections() {
        try {
            return Long.toString(engine.stats().connections());
        } catch (IllegalStateException _) {
            return "unknown"; // A silent engine is no reason to leave the step.
        }
    }

    private void report(GroupRole role) {
        switch (role.role()) {
            case Role.Active(int epoch, long _) ->
                    log.event(
                            "active",
                            "group",
                            name,
                            "epoch",
                            epoch,
                            "connections",
                            connections());
            case Role.Backup _ ->
                    log.event("backup", "group", name, "holder", role.holder().orElse("none"), "why", role.standing().why());
            case Role.Claiming(int epoch, long _, boolean _) -> log.event("claiming", "group", name, "epoch", epoch);
            case Role.HandingOver _ -> {} // Said by the action.
        }
    }
}
