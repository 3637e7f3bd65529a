package hadirector.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// A value of the file with its path. Each accessor gives the value in the form that is asked for, or reports
/// what it is and what it must be, and gives nothing.
record Node(Problems problems, String path, ConfigValue value) {
    private static final int SHOWN_MAX = 60;

    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{[^}]*}");

    /// The value as a node; one with a substitution that leads nowhere is reported instead.
    static Optional<Node> resolved(Problems problems, String path, ConfigValue value) {
        var node = new Node(problems, path, value);
        try {
            if (value.valueType() == ConfigValueType.OBJECT) {
                int _ = ((ConfigObject) value).size(); // Throws if the object is a merge that is not resolved.
            }
            return Optional.of(node);
        } catch (ConfigException.NotResolved _) {
            var substitution = SUBSTITUTION.matcher(value.render(ConfigRenderOptions.concise()));
            return node.wrong("is %s, must be a value of this file or an environment variable"
                    .formatted(substitution.find() ? substitution.group() : "a substitution"));
        }
    }

    /// Reports `is <value>, must be <must>`.
    <T> Optional<T> mustBe(String must) {
        return wrong("is " + shown() + ", must be " + must);
    }

    <T> Optional<T> wrong(String text) {
        problems.add(value.origin(), path, text);
        return Optional.empty();
    }

    void warn(String text) {
        problems.warn(value.origin(), path, text);
    }

    /// Where it is, for another node's message: `director.conf:12 (services.shop.port)`.
    String place() {
        return problems.place(value.origin()) + " (" + path + ")";
    }

    /// Text, number or word, as it is written.
    Optional<String> text(String must) {
        return switch (type()) {
            case STRING -> Optional.of((String) value.unwrapped());
            case NUMBER, BOOLEAN -> Optional.of(value.render());
            case OBJECT, LIST, NULL -> mustBe(must);
        };
    }

    /// Text that `parser` understands.
    <T> Optional<T> parse(Function<String, Optional<T>> parser, String must) {
        return text(must).flatMap(text -> parser.apply(text).or(() -> mustBe(must)));
    }

    /// One of the words that are the keys of `words`.
    <T> Optional<T> word(Map<String, T> words) {
        String known = String.join(", ", words.keySet());
        return parse(text -> Optional.ofNullable(words.get(text)), "one of " + known);
    }

    /// A HOCON boolean: `true`, `yes`, `on` and their opposites.
    Optional<Boolean> flag() {
        return parse(
                text -> switch (text) {
                    case "true", "yes", "on" -> Optional.of(true);
                    case "false", "no", "off" -> Optional.of(false);
                    default -> Optional.empty();
                },
                "on or off (or true or false)");
    }

    Optional<Integer> integer(int min, int max) {
        return integer(min, max, "");
    }

    /// @param because appended to what it must be; may be empty
    Optional<Integer> integer(int min, int max, String because) {
        String must = "a whole number from %d to %d%s".formatted(min, max, because);
        return parse(Node::wholeNumber, must).flatMap(number ->
                number >= min && number <= max ? Optional.of((int) (long) number) : mustBe(must));
    }

    /// A time with its unit, from `min` to `max`.
    Optional<Duration> duration(Duration min, Duration max) {
        return duration(min, max, "");
    }

    /// @param because appended to what it must be; may be empty
    Optional<Duration> duration(Duration min, Duration max, String because) {
        String must = "from %s to %s%s".formatted(ChangeText.of(min), ChangeText.of(max), because);
        return parse(this::time, "a time with its unit, such as 2s or 600ms").flatMap(
                time -> time.compareTo(min) < 0 || time.compareTo(max) > 0 ? mustBe(must) : Optional.of(time));
    }

    Optional<List<Node>> list(String must) {
        if (type() != ConfigValueType.LIST) {
            return mustBe(must);
        }
        var nodes = new ArrayList<Node>();
        int index = 0;
        for (var element : (ConfigList) value) {
            resolved(problems, path + "[" + index++ + "]", element).ifPresent(nodes::add);
        }
        return Optional.of(nodes);
    }

    Optional<Section> section(String must) {
        if (type() != ConfigValueType.OBJECT) {
            return mustBe(must);
        }
        return Optional.of(new Section(this, (ConfigObject) value));
    }

    boolean isSection() {
        return type() == ConfigValueType.OBJECT;
    }

    boolean isList() {
        return type() == ConfigValueType.LIST;
    }

    /// The value for a message: in one line, not too long.
    String shown() {
        return switch (type()) {
            case OBJECT -> "an object { }";
            case LIST -> "a list [ ]";
            case NULL -> "null";
            case STRING, NUMBER, BOOLEAN -> oneLine(text("").orElse(""));
        };
    }

    private static String oneLine(String text) {
        String shown = text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) + "..." : text;
        return shown.isBlank() ? '"' + shown + '"' : shown.replaceAll("\\p{Cntrl}", "?");
    }

    private ConfigValueType type() {
        return value.valueType();
    }

    private static Optional<Long> wholeNumber(String text) {
        return text.matches("[+-]?\\d{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }

    private Optional<Duration> time(String text) {
        if (!text.strip().matches("[+-]?\\d{1,15}(\\.\\d{1,9})?\\s*[a-z]+")) {
            return Optional.empty();
        }
        try {
            return Optional.of(value.atKey("time").getDuration("time"));
        } catch (ConfigException _) {
            return Optional.empty();
        }
    }
}
