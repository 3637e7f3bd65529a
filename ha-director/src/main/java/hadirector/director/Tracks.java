package hadirector.director;

import hadirector.health.probe.Scripts;
import hadirector.model.Track;
import hadirector.model.VipGroup;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What the groups' tracks say: interfaces without a carrier, scripts that fail. The director's thread.
final class Tracks {
    /// Results so far, by script; two groups with an equal script share it.
    private final Map<Track.Script, Scripts.Verdict> verdicts = new HashMap<>();

    private Set<String> interfaces = Set.of();
    private Set<Track.Script> scripts = Set.of();

    /// Takes the groups that this director may hold.
    Set<Track.Script> configure(Collection<VipGroup> groups, String self) {
        var ours = groups.stream().filter(group -> group.priority().containsKey(self)).map(VipGroup::track).toList();
        interfaces = ours.stream().flatMap(track -> track.interfaces().stream()).collect(Collectors.toUnmodifiableSet());
        scripts = ours.stream().flatMap(track -> track.scripts().stream()).collect(Collectors.toUnmodifiableSet());
        verdicts.keySet().retainAll(scripts);
        return scripts;
    }

    /// @return whether it is of a script that still counts
    boolean take(Scripts.Verdict verdict) {
        if (scripts.contains(verdict.script())) {
            verdicts.put(verdict.script(), verdict);
            return true;
        }
        return false;
    }

    /// Tracked interfaces that are gone, down or without a carrier.
    Set<String> down() {
        var down = new HashSet<String>();
        for (String name : interfaces) {
            if (!isUp(name)) {
                down.add(name);
            }
        }
        return down;
    }

    private static boolean isUp(String name) {
        try {
            var found = NetworkInterface.getByName(name);
            return found != null && found.isUp(); // IFF_UP and IFF_RUNNING.
        } catch (SocketException _) {
            return false;
        }
    }

    /// Whether each script has been run.
    boolean haveRun() {
        return verdicts.keySet().containsAll(scripts);
    }

    /// Why a director is not fit for a group with this track; empty if it is.
    String unfit(Track track) {
        return track.scripts().stream()
                .filter(script -> script.weight().isEmpty())
                .flatMap(script -> Optional.ofNullable(verdicts.get(script)).stream())
                .filter(verdict -> !verdict.good())
                .map(verdict -> "script %s fails: %s".formatted(verdict.script().name(), verdict.why()))
                .findFirst()
                .orElse("");
    }

    /// What is added to the priority: positive weights of scripts that succeed, negative ones of those that fail.
    int weight(Track track) {
        int sum = 0;
        for (var script : track.scripts()) {
            var verdict = verdicts.get(script);
            int weight = script.weight().orElse(0);
            boolean counts = verdict != null && verdict.good() == weight > 0;
            sum += counts ? weight : 0;
        }
        return sum;
    }
}
