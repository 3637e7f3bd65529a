package hadirector.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Values that may stand in a file only once, each with its place.
final class Once<K> {
    private final Map<K, Node> places = new HashMap<>();

    /// Reports at `node` if `key` was claimed before.
    void claim(K key, Node node) {
        var before = places.putIfAbsent(key, node);
        if (before != null) {
            node.wrong("is %s, must be unique, because it is at %s already".formatted(key, before.place()));
        }
    }

    Optional<Node> find(K key) {
        return Optional.ofNullable(places.get(key));
    }
}
