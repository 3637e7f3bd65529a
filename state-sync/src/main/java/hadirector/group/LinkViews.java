package hadirector.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The views of several links as one: a director is there while any link has it. Pure; the caller locks.
final class LinkViews {
    private final List<Map<String, Long>> links = new ArrayList<>();
    private final Map<String, Long> runs = new HashMap<>();
    private final Set<Long> ended = new HashSet<>();
    private List<String> members = List.of();
    private long number;

    LinkViews(int count) {
        for (int i = 0; i < count; i++) {
            links.add(Map.of());
        }
    }

    /// What listeners have to see: nothing if nobody has come or gone and nobody was found again, two views if a director was replaced by its new start.
    ///
    /// @param seen by that link now, with which start of each director it is
    List<View> accept(int link, Map<String, Long> seen, boolean merged) {
        var replaced = new HashSet<String>();
        var here = new LinkedHashMap<String, Long>();
        seen.forEach((name, run) -> {
            if (ended.contains(run)) {
                return; // Another link knows that it has begun anew.
            }
            Long before = runs.put(name, run);
            if (before != null && !before.equals(run)) {
                ended.add(before);
                replaced.add(name);
            }
            here.put(name, run);
        });
        // The others had lost this director, which has not noticed: it was frozen.
        boolean foundAgain = merged && here.size() > 1 && here.keySet().equals(links.get(link).keySet());
        links.set(link, here);
        links.replaceAll(view -> current(view));
        var next = union();
        replaced.retainAll(members);
        var steps = new ArrayList<View>();
        if (!replaced.isEmpty()) {
            steps.add(new View(++number, members.stream().filter(name -> !replaced.contains(name)).toList(), false));
        }
        if (foundAgain || !replaced.isEmpty() || !new HashSet<>(next).equals(new HashSet<>(members))) {
            steps.add(new View(++number, next, merged));
        }
        members = next;
        return steps;
    }

    private Map<String, Long> current(Map<String, Long> view) {
        var left = new LinkedHashMap<>(view);
        left.values().removeIf(ended::contains);
        return left;
    }

    /// In the order in which they came.
    private List<String> union() {
        var all = new LinkedHashMap<String, Long>();
        links.forEach(all::putAll);
        var next = new ArrayList<>(members);
        next.retainAll(all.keySet());
        all.keySet().stream().filter(name -> !next.contains(name)).forEach(next::add);
        return List.copyOf(next);
    }

    List<String> members() {
        return members;
    }

    Set<String> seenBy(int link) {
        return links.get(link).keySet();
    }

    /// The first link that has this director.
    OptionalInt way(String member) {
        for (int i = 0; i < links.size(); i++) {
            if (links.get(i).containsKey(member)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /// Which start of that director counts; 0 if it was never seen.
    long run(String member) {
        return runs.getOrDefault(member, 0L);
    }

    boolean isEnded(long run) {
        return ended.contains(run);
    }
}
