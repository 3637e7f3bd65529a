package hadirector.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// An object of the file, `key { ... }`. The keys that are asked for are the ones that it may have: [#done] reports
/// all others.
final class Section {
    /// A HOCON object forgets the order of its keys; their lines remain.
    private static final Comparator<Map.Entry<String, ConfigValue>> BY_PLACE = Comparator.comparing(
                    (Map.Entry<String, ConfigValue> entry) -> file(entry.getValue().origin()))
            .thenComparingInt(entry -> entry.getValue().origin().lineNumber())
            .thenComparing(Map.Entry::getKey);

    private final Node node;
    private final ConfigObject object;
    private final TreeSet<String> asked = new TreeSet<>();

    Section(Node node, ConfigObject object) {
        this.node = node;
        this.object = object;
    }

    Node node() {
        return node;
    }

    /// A key that may be absent; `null` counts as absent, as everywhere in HOCON.
    Optional<Node> find(String key) {
        asked.add(key);
        return value(key).flatMap(value -> Node.resolved(node.problems(), pathOf(key), value));
    }

    Optional<Section> findSection(String key) {
        return find(key).flatMap(found -> found.section("an object, " + key + " { ... }"));
    }

    /// A key that must be there.
    Optional<Node> require(String key, String must) {
        if (!has(key)) {
            missing(key, must);
        }
        return find(key);
    }

    Optional<Section> requireSection(String key) {
        String must = "an object, " + key + " { ... }";
        return require(key, must).flatMap(found -> found.section(must));
    }

    boolean has(String key) {
        return value(key).isPresent();
    }

    /// Reports about a key that is not there.
    void missing(String key, String must) {
        problem(key, "is missing, must be " + must);
    }

    /// Reports at the key, or at the section if the key is not there.
    void problem(String key, String text) {
        node.problems().add(value(key).orElse(node.value()).origin(), pathOf(key), text);
    }

    /// All keys of a section whose keys are names, in the order of the file.
    List<String> names() {
        return object.entrySet().stream().sorted(BY_PLACE).map(Map.Entry::getKey).filter(this::has).toList();
    }

    /// The names with their values; those that lead nowhere are reported and left out.
    List<Entry> entries() {
        var entries = new ArrayList<Entry>();
        names().forEach(name -> find(name).ifPresent(found -> entries.add(new Entry(name, found))));
        return entries;
    }

    record Entry(String name, Node node) {}

    /// Reports the keys that nobody asked for.
    void done() {
        for (var entry : object.entrySet()) {
            if (!asked.contains(entry.getKey())) {
                node.problems().add(entry.getValue().origin(), pathOf(entry.getKey()), unknown(entry.getKey()));
            }
        }
    }

    private String unknown(String key) {
        String known = String.join(", ", asked);
        return Nearest.to(key, asked)
                .map(nearest -> "is unknown, nearest is %s (known here: %s)".formatted(nearest, known))
                .orElse("is unknown, known here: " + known);
    }

    private String pathOf(String key) {
        String quoted = ConfigUtil.joinPath(key);
        return node.path().isEmpty() ? quoted : node.path() + "." + quoted;
    }

    private Optional<ConfigValue> value(String key) {
        return Optional.ofNullable(object.get(key)).filter(value -> !isNull(value));
    }

    private static boolean isNull(ConfigValue value) {
        try {
            return value.valueType() == ConfigValueType.NULL;
        } catch (ConfigException.NotResolved _) {
            return false;
        }
    }

    private static String file(ConfigOrigin origin) {
        String name = origin.filename();
        return name == null ? "" : name;
    }
}
