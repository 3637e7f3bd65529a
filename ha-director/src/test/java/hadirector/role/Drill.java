package hadirector.role;

import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.GroupSettings.Timing;
import hadirector.role.Role.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A role machine in the hands of a test, with peers lb2 and lb3 that say what the test wants.
final class Drill {
    static final long SECOND = 1_000_000_000L;
    static final long MS = 1_000_000L;
    static final Timing TIMING = Timing.of(Duration.ofMillis(600), Duration.ofMillis(400), false);
    private static final long TICK = 100 * MS;

    private GroupRole group;
    private long now = Long.MAX_VALUE - SECOND; // Times compare by difference, so they may overflow.
    private List<Action> actions = List.of();

    Drill(boolean preempt) {
        this(preempt, Quorum.Kind.NONE);
    }

    Drill(boolean preempt, Quorum.Kind quorum) {
        var priority = Map.of("lb1", 50, "lb2", 100, "lb3", 10);
        var whom = new Quorum(quorum, priority.keySet());
        var settings = new GroupSettings("lb1", 1, "web", priority, preempt, 0, whom, TIMING);
        group = GroupRole.start(settings, now);
    }

    /// lb1, fit, in a view with `others`.
    static Drill joined(String... others) {
        return new Drill(false).fit().view(others);
    }

    /// lb1 holding under epoch 1; then `others` join.
    static Drill holding(boolean preempt, String... others) {
        return new Drill(preempt).fit().view().on(new Event.GuardPassed(1)).view(others);
    }

    Drill on(Event event) {
        var step = group.step(event, now);
        group = step.next();
        actions = step.actions();
        return this;
    }

    Drill fit() {
        return on(new Event.Fitness(true, ""));
    }

    Drill unfit() {
        return on(new Event.Fitness(false, "link eth0 is down"));
    }

    Drill view(String... others) {
        return view(false, others);
    }

    Drill merge(String... others) {
        return view(true, others);
    }

    private Drill view(boolean merged, String... others) {
        var members = new ArrayList<>(List.of(others));
        members.add("lb1");
        return on(new Event.ViewChanged(members, merged));
    }

    Drill hear(Standing told) {
        return on(new Event.Heard(told));
    }

    /// Ticks all the while; the actions are those of all of them.
    Drill after(long nanos) {
        var all = new ArrayList<Action>();
        long end = now + nanos;
        do {
            now += Math.min(TICK, end - now);
            all.addAll(on(new Event.Tick()).actions);
        } while (now - end < 0);
        actions = all;
        return this;
    }

    /// The process stands still and does not notice.
    Drill frozen(long nanos) {
        now += nanos;
        return this;
    }

    Drill beacon(String director, int epoch) {
        return on(new Event.HolderHeard(director, epoch));
    }

    Drill ask(String target) {
        return on(new Event.FailoverRequested(new FailoverRequest("lb1", 1, Optional.of(target), false)));
    }

    static Standing told(String director, Kind role, int epoch, String holder, int copied) {
        int priority = director.equals("lb2") ? 100 : 10;
        return new Standing(director, "web", 1, role, epoch, holder, true, "", copied, copied == 0 ? 0 : Standing.CURRENT, priority, 0);
    }

    /// A backup whose source has left the view.
    static Standing left(String director, int copied, long position) {
        return new Standing(director, "web", 1, Kind.BACKUP, copied, "lb9", true, "", copied, position, director.equals("lb2") ? 100 : 10, 0);
    }

    static Standing backup(String director, int epoch, String holder, int copied) {
        return told(director, Kind.BACKUP, epoch, holder, copied);
    }

    static Standing unfit(String director, int epoch) {
        return new Standing(director, "web", 1, Kind.BACKUP, epoch, "", false, "link eth1 is down", 0, 0, 100, 0);
    }

    static Standing active(String director, int epoch) {
        return told(director, Kind.ACTIVE, epoch, director, epoch);
    }

    Kind role() {
        return group.role().kind();
    }

    int epoch() {
        return group.standing().epoch();
    }

    GroupRole group() {
        return group;
    }

    String whyNot() {
        return group.whyNot(now);
    }

    /// What the last event made the director do, beside telling the others.
    List<Action> actions() {
        return actions.stream().filter(a -> !(a instanceof Action.Tell)).toList();
    }

    boolean tells() {
        return actions.stream().anyMatch(a -> a instanceof Action.Tell);
    }

    /// The last event's answer to the operator.
    String answer() {
        return actions.stream()
                .filter(Action.Answer.class::isInstance)
                .map(Action.Answer.class::cast)
                .map(answer -> switch (answer.outcome()) {
                    case Outcome.Moved(String holder, int epoch, _) -> "moved to %s, %d".formatted(holder, epoch);
                    case Outcome.Refused(String why) -> why;
                })
                .findFirst()
                .orElse("");
    }
}
