package hadirector.director;

import hadirector.health.Target;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Operators' drains, shared by all directors: of two words about one realserver the later counts (by the clock of the
/// director that was asked; of two in one millisecond, the drain). Pure.
final class Drains {
    /// @param at epoch milliseconds
    record Word(boolean drained, long at) {
        boolean overrules(Word other) {
            return at > other.at || (at == other.at && drained && !other.drained);
        }
    }

    private final Map<Target, Word> words = new HashMap<>();

    /// @return whether the word counts
    boolean take(Target target, Word word) {
        var before = words.get(target);
        if (before != null && !word.overrules(before)) {
            return false;
        }
        words.put(target, word);
        return true;
    }

    /// A word of now, later than all about this target.
    Word now(Target target, boolean drained, long epochMillis) {
        var before = words.get(target);
        return new Word(drained, before == null ? epochMillis : Math.max(epochMillis, before.at() + 1));
    }

    Map<Target, Word> words() {
        return Map.copyOf(words);
    }

    Set<Target> drained() {
        return words.entrySet().stream()
                .filter(entry -> entry.getValue().drained())
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /// Forgets realservers that the config does not have any more.
    void retain(Set<Target> targets) {
        words.keySet().retainAll(targets);
    }
}
