package hadirector.config;

import hadirector.model.Check;
import hadirector.model.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// `check { ... }` of a service.
final class CheckReader {
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final int RISE = 2;
    private static final int FALL = 3;
    private static final int COUNT_MAX = 1000;

    private static final List<String> HTTP_KEYS = List.of("path", "host", "status", "body");
    private static final List<String> COMMAND_KEYS = List.of("argv", "environment");
    private static final List<String> TYPES = List.of("tcp", "http", "https", "ping", "command");
    private static final List<String> UDP_TYPES = List.of("ping", "command");

    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*");
    private static final Pattern HOST = Pattern.compile("[\\x21-\\x7e]+");
    private static final Pattern STATUS = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String ARGV_EXAMPLE = "argv = [\"/usr/local/bin/check-dns\", \"example.org\"]";
    private static final String ARGV = "a list of words, such as " + ARGV_EXAMPLE;

    private final Section section;

    private CheckReader(Section section) {
        this.section = section;
    }

    static Optional<Check> read(Section section, Protocol protocol) {
        return new CheckReader(section).read(protocol);
    }

    private Optional<Check> read(Protocol protocol) {
        var schedule = schedule();
        var type = section.require("type", "one of " + String.join(", ", TYPES))
                .flatMap(node -> type(node, protocol));
        var check = type.map(word -> switch (word) {
            case "tcp" -> new Check.Tcp(schedule);
            case "ping" -> new Check.Ping(schedule);
            case "command" -> command(schedule);
            default -> http(schedule, word.equals("https"));
        });
        refuseKeysOfOtherTypes(type);
        section.done();
        return check;
    }

    private static Optional<String> type(Node node, Protocol protocol) {
        var type = node.parse(text -> Optional.of(text).filter(TYPES::contains), "one of " + String.join(", ", TYPES));
        if (type.isPresent() && protocol == Protocol.UDP && !UDP_TYPES.contains(type.get())) {
            node.mustBe("ping or command, because the service is udp and %s asks a tcp port".formatted(type.get()));
        }
        return type;
    }

    /// Only keys that are there are asked for, so that an unknown key is not told of those of other types. An unknown
    /// type may have the keys of all.
    private void refuseKeysOfOtherTypes(Optional<String> type) {
        boolean http = type.isEmpty() || type.get().startsWith("http");
        boolean command = type.isEmpty() || type.get().equals("command");
        refuse(http, HTTP_KEYS, "http and https", type);
        refuse(command, COMMAND_KEYS, "command", type);
    }

    private void refuse(boolean allowed, List<String> keys, String types, Optional<String> type) {
        for (String key : keys) {
            var found = section.has(key) ? section.find(key) : Optional.<Node>empty();
            if (!allowed) {
                found.ifPresent(node -> node.wrong("is for %s checks, must not be in a check of type %s"
                        .formatted(types, type.orElse(""))));
            }
        }
    }

    private Check.Schedule schedule() {
        var interval = section.find("interval").map(Times::positive).orElse(Optional.of(INTERVAL));
        var timeout = section.find("timeout").map(Times::positive).orElse(Optional.of(TIMEOUT));
        var schedule = new Check.Schedule(
                interval.orElse(INTERVAL), timeout.orElse(TIMEOUT), count("rise", RISE), count("fall", FALL));
        if (interval.isPresent() && timeout.isPresent() && schedule.timeout().compareTo(schedule.interval()) >= 0) {
            section.problem(
                    "timeout",
                    "is %s%s, must be shorter than interval = %s%s, because probes of one server would overlap".formatted(
                            ChangeText.of(schedule.timeout()),
                            defaultOrNot("timeout"),
                            ChangeText.of(schedule.interval()),
                            defaultOrNot("interval")));
        }
        return schedule;
    }

    private String defaultOrNot(String key) {
        return section.has(key) ? "" : " (the default)";
    }

    private int count(String key, int usual) {
        return section.find(key).flatMap(node -> node.integer(1, COUNT_MAX)).orElse(usual);
    }

    private Check http(Check.Schedule schedule, boolean tls) {
        return new Check.Http(
                schedule,
                tls,
                section.find("path")
                        .flatMap(node -> node.parse(matching(PATH), "a path, / and no spaces"))
                        .orElse("/"),
                section.find("host").flatMap(node -> node.parse(matching(HOST), "a host name")),
                section.find("status").map(CheckReader::statuses).orElse(List.of()),
                section.find("body")
                        .flatMap(node -> node.parse(
                                text -> Optional.of(text).filter(body -> !body.isEmpty()), "text that the body contains")));
    }

    private static Function<String, Optional<String>> matching(Pattern pattern) {
        return text -> Optional.of(text).filter(pattern.asMatchPredicate());
    }

    private static List<Integer> statuses(Node node) {
        var statuses = new TreeSet<Integer>();
        var nodes = node.isList() ? node.list("").orElse(List.of()) : List.of(node);
        for (var element : nodes) {
            element.parse(CheckReader::range, "a status from 100 to 599 or a range, such as 200 or \"200-299\"")
                    .ifPresent(range -> range.forEach(statuses::add));
        }
        return List.copyOf(statuses);
    }

    private static Optional<List<Integer>> range(String text) {
        var range = STATUS.matcher(text);
        if (!range.matches()) {
            return Optional.empty();
        }
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        return Optional.of(IntStream.rangeClosed(first, last).boxed().toList()).filter(list -> !list.isEmpty());
    }

    private Check command(Check.Schedule schedule) {
        return new Check.Command(
                schedule,
                section.require("argv", ARGV).map(CheckReader::argv).orElse(List.of()),
                section.findSection("environment").map(CheckReader::environment).orElse(Map.of()));
    }

    private static List<String> argv(Node node) {
        if (!node.isList()) {
            node.wrong("is %s, must be a list, because no shell parts it: argv = [%s]"
                    .formatted(node.shown(), quoted(node.shown())));
            return List.of();
        }
        var words = new ArrayList<String>();
        var nodes = node.list(ARGV).orElse(List.of());
        nodes.forEach(word -> programText(word).ifPresent(words::add));
        if (nodes.isEmpty() || words.indexOf("") == 0) {
            node.mustBe("a program and its words, such as " + ARGV_EXAMPLE);
        }
        return words;
    }

    private static String quoted(String line) {
        return Pattern.compile("\\s+").splitAsStream(line.strip())
                .map(word -> '"' + word.replace("\"", "") + '"')
                .collect(Collectors.joining(", "));
    }

    private static Map<String, String> environment(Section environment) {
        var variables = new LinkedHashMap<String, String>();
        for (var entry : environment.entries()) {
            if (!VARIABLE.matcher(entry.name()).matches() || entry.name().startsWith("DIRECTOR_")) {
                entry.node().wrong("has a name that must be letters, digits and _, and not start with DIRECTOR_");
            }
            programText(entry.node()).ifPresent(text -> variables.put(entry.name(), text));
        }
        return variables;
    }

    /// What exec(3) can hand over.
    private static Optional<String> programText(Node node) {
        return node.parse(text -> Optional.of(text).filter(word -> word.indexOf(0) < 0), "a text, and without NUL");
    }
}
