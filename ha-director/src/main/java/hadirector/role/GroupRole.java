package hadirector.role;

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
        Optional<Told> told) {
    record Pause(long until, String why) {}

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
                Optional.empty());
    }

    /// @param now of a clock that only grows (System.nanoTime), in nanoseconds
    public Step step(Event event, long now) {
        var turn = new Turn(this, now);
        Intake.take(turn, event);
        Rules.apply(turn);
        return turn.end();
    }

    /// What this director tells the others now.
    public Standing standing() {
        return new Turn(this, 0).standing();
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
