package hadirector.role;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The other members of the view and what they have told since it came. What was told before counts for nothing.
///
/// @param joined whether there has been a view at all
/// @param since when the view came
/// @param unreadable members whose messages this director cannot read
/// @param departed the incarnations of members that have left a view and have not said since that they have no copy of the table: what
///     they call one may be from before they left, until they hear the holder
/// @param incarnations the newest known of each member that has been heard since it came
record Peers(
        boolean joined,
        SortedSet<String> others,
        long since,
        SortedMap<String, Report> reports,
        SortedSet<String> unreadable,
        SortedMap<String, Long> departed,
        SortedMap<String, Long> incarnations) {
    record Report(Standing standing, long at) {}

    static Peers none(long now) {
        return new Peers(
                false,
                Collections.emptySortedSet(),
                now,
                Collections.emptySortedMap(),
                Collections.emptySortedSet(),
                Collections.emptySortedMap(),
                Collections.emptySortedMap());
    }

    Peers view(List<String> members, String self, long now) {
        var present = new TreeSet<>(members);
        present.remove(self);
        var gone = new TreeMap<>(departed);
        incarnations.forEach((other, incarnation) -> {
            if (!present.contains(other)) {
                gone.put(other, incarnation);
            }
        });
        var known = new TreeMap<>(incarnations);
        known.keySet().retainAll(present); // Who comes back may have a clock that was set back.
        return new Peers(
                true, present, now, Collections.emptySortedMap(), Collections.emptySortedSet(), gone, known);
    }

    /// The same view, as if it had just come.
    Peers unheard(long now) {
        return new Peers(joined, others, now, Collections.emptySortedMap(), unreadable, departed, incarnations);
    }

    Peers hear(Standing told, long now) {
        var heard = new TreeMap<>(reports);
        heard.put(told.director(), new Report(told, now));
        var known = new TreeMap<>(incarnations);
        known.put(told.director(), told.incarnation());
        var strange = new TreeSet<>(unreadable);
        strange.remove(told.director());
        var gone = new TreeMap<>(departed);
        gone.keySet().removeIf(other -> other.equals(told.director()) && told.copied() == 0);
        return new Peers(joined, others, since, heard, strange, gone, known);
    }

    Peers strange(String member) {
        var strange = new TreeSet<>(unreadable);
        strange.add(member);
        return new Peers(joined, others, since, reports, strange, departed, incarnations);
    }

    /// Whether a standing counts: from the view, and not from an earlier life of its sender.
    boolean counts(Standing told) {
        return others.contains(told.director())
                && told.incarnation() >= incarnations.getOrDefault(told.director(), Long.MIN_VALUE);
    }

    /// Whether a member has the table of the holding `epoch`, all of it and of now.
    ///
    /// @param doubt how long after the view a member that has come back is doubted
    boolean hasCopy(Standing told, int epoch, long now, long doubt) {
        boolean back = departed.getOrDefault(told.director(), Long.MIN_VALUE) == told.incarnation();
        boolean doubted = back && now - since < doubt;
        return told.copied() == epoch && told.isCurrent() && !doubted;
    }

    Optional<Standing> of(String director) {
        return Optional.ofNullable(reports.get(director)).map(Report::standing);
    }

    /// Who holds the group as far as heard; the strongest if several do.
    Optional<Standing> holder() {
        Standing strongest = null;
        for (var report : reports.values()) { // Asked several times in each step.
            var told = report.standing();
            if (told.role().holds() && (strongest == null || Standing.STRONGEST_HOLDER_FIRST.compare(told, strongest) < 0)) {
                strongest = told;
            }
        }
        return Optional.ofNullable(strongest);
    }

    /// Members that claim the group and still speak.
    Stream<Standing> claimants(long now, long silence) {
        return fresh(now, silence).filter(s -> s.role() == Role.Kind.CLAIMING);
    }

    /// Members that could hold the group and still speak, the best first.
    Stream<Standing> candidates(long now, long silence) {
        return fresh(now, silence).filter(Standing::isEligible).sorted(Standing.BEST_CANDIDATE_FIRST);
    }

    /// Members that have told nothing since the view and may still do so.
    List<String> awaited(long now, long silence) {
        return others.stream()
                .filter(other -> !reports.containsKey(other) && !isDeaf(other, now, silence))
                .toList();
    }

    /// Whether every member has granted `epoch` to `claimant`, but for those that are deaf or do not know the group.
    boolean grant(int epoch, String claimant, long now, long silence) {
        return others.stream()
                .allMatch(other -> isDeaf(other, now, silence)
                        || of(other).filter(s -> s.isStranger() || s.grants(epoch, claimant)).isPresent());
    }

    /// How many have said that they grant `epoch` to `claimant`.
    long granted(int epoch, String claimant) {
        return standings().filter(s -> s.grants(epoch, claimant)).count();
    }

    /// How many other members there are whose last word, or the view that has them, is younger than `sight`.
    long sighted(long now, long sight) {
        long sighted = 0;
        for (String other : others) {
            sighted += now - lastWord(other) < sight ? 1 : 0;
        }
        return sighted;
    }

    /// Whether a backup has seen `epoch`, but not as `claimant`'s.
    boolean denies(int epoch, String claimant) {
        return standings()
                .anyMatch(s -> s.role() == Role.Kind.BACKUP && s.epoch() >= epoch && !s.grants(epoch, claimant));
    }

    /// Whether a member has been silent for too long. One that speaks another version is not.
    private boolean isDeaf(String other, long now, long silence) {
        return !unreadable.contains(other) && now - lastWord(other) >= silence;
    }

    private long lastWord(String other) {
        var report = reports.get(other);
        return report == null ? since : report.at();
    }

    private Stream<Standing> standings() {
        return reports.values().stream().map(Report::standing);
    }

    private Stream<Standing> fresh(long now, long silence) {
        return reports.values().stream().filter(r -> now - r.at() < silence).map(Report::standing);
    }
}
