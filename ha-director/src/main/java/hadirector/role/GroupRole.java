package hadirector.role;

import java.time.Duration;
import java.util.Optional;

/// Who may answer for one VIP group, as one director sees it: a pure function of what is known, an event and the
/// time. The caller feeds every event of the group in order and runs the actions in order.
///
/// The rules look at what is known, not at which event brought it, so a lost or repeated event cannot leave them
/// stuck. The table of them is in ha-director/DESIGN.md.
///
/// @param pause no claim and no preemption until it ends
/// @param announceDue whether others may believe in another holder
/// @param told what the others were told last, and when
/// @param sighting the last beacon of another holder since the view came
/// @param gateway whether a gateway of the arbiter answers
/// @param takings of the group by this director
/// @param overlap while a planned hand-over is not quite complete
/// @param awake when this director was last known to run
public record GroupRole(
        GroupSettings settings,
        Role role,
        Peers peers,
        Epochs epochs,
        Event.Fitness fitness,
        Copy copy,
        Optional<Pause> pause,
        Optional<Stop> stop,
        boolean announceDue,
        Optional<Told> told,
        Optional<Sighting> sighting,
        boolean gateway,
        Takings takings,
        Optional<Overlap> overlap,
        long awake) {
    /// How long operators are told of a beacon.
    private static final long ALARM = Duration.ofSeconds(1).toNanos();

    /// @param refused by the guard, which may find otherwise soon
    record Pause(long until, String why, boolean refused) {}

    record Stop(long until, boolean reported) {}

    record Told(Standing standing, long at) {}

    /// A director that has just started: backup, unfit until it is told otherwise, in no view.
    public static GroupRole start(GroupSettings settings, long now) {
        return new GroupRole(
                settings,
                new Role.Backup(),
                Peers.none(now),
                Epochs.NONE,
                new Event.Fitness(false, "starting"),
                Copy.NONE,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Takings.NONE,
                Optional.empty(),
                now);
    }

    /// @param now of a clock that only grows (System.nanoTime), in nanoseconds
    public Step step(Event event, long now) {
        var turn = new Turn(this, now);
        if (now - awake > settings.timing().jump()) {
            Intake.fence(turn, "it stood still for %d ms".formatted((now - awake) / 1_000_000));
        }
        Intake.take(turn, event);
        Rules.apply(turn);
        return turn.end();
    }

    /// The caller was busy with actions of this or another group until `now`; that is no pause.
    public GroupRole awakeAt(long now) {
        return new Turn(this, now).next();
    }

    /// What operators should know at once: a holder that is seen only on a client network, or that has lost the others.
    public Optional<String> alarm(long now) {
        return rival(now).or(this::alone);
    }

    /// Nobody can tell from here whether they are dead or the cluster network is cut: what they say if they live is [#rival].
    private Optional<String> alone() {
        var missing = settings.priority().keySet().stream()
                .filter(name -> !name.equals(settings.director()) && !peers.others().contains(name))
                .sorted()
                .toList();
        return role.kind().holds() && !missing.isEmpty()
                ? Optional.of("%s cannot take over: not in the cluster, dead or cut off".formatted(String.join(", ", missing)))
                : Optional.empty();
    }

    /// Its beacons were from before a hand-over, or its hand-over is under way.
    private boolean hasGivenUp(Sighting heard) {
        return peers.of(heard.director()).filter(told -> told.role() != Role.Kind.ACTIVE).isPresent();
    }

    private Optional<String> rival(long now) {
        return sighting.filter(heard -> now - heard.at() < ALARM)
                .filter(heard -> role.kind().holds() ? !hasGivenUp(heard) : !peers.others().contains(heard.director()))
                .map(heard -> role.kind().holds()
                        ? "%s holds it too and is heard on a client network".formatted(heard.director())
                        : "%s holds it and is heard on a client network only: the cluster network is cut"
                                .formatted(heard.director()));
    }

    /// Who would get the group from here, if it can be handed over with its table.
    public Optional<String> successor(long now) {
        return new Turn(this, now).successors().stream().findFirst().map(Standing::director);
    }

    /// What this director tells the others now.
    public Standing standing() {
        return new Turn(this, awake).standing();
    }

    /// Whether it holds the group while the director before it still answers.
    public boolean isPrepared() {
        return role.kind().holds() && overlap.isPresent();
    }

    /// Who holds the group, as far as this director knows.
    public Optional<String> holder() {
        return role.kind().holds()
                ? Optional.of(settings.director())
                : peers.holder().map(Standing::director);
    }

    /// What another director has told since the current view.
    public Optional<Standing> heard(String director) {
        return peers.of(director);
    }

    /// Why this director does not hold the group, for operators: a sentence, empty if it does.
    public String whyNot(long now) {
        return WhyNot.of(new Turn(this, now));
    }
}
