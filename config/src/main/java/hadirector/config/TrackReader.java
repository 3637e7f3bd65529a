package hadirector.config;

import hadirector.model.Track;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// `track { interfaces = [...], scripts { name { ... } } }` of a group.
///
/// @param ours whether this director may hold the group: the others' interfaces are on other machines
record TrackReader(boolean ours, Environment environment) {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration INTERVAL_MAX = Duration.ofHours(1);
    private static final Duration INTERVAL_MIN = Duration.ofMillis(100);
    private static final int COUNT_MAX = 1000;
    private static final int WEIGHT_MAX = 65534;
    private static final String INTERFACES = "a list of interfaces, such as [\"eth1\"]";
    private static final String COMMAND = "a program by its full path and its words, such as \"/etc/ha-director/check-db\" or [\"/bin/test\", \"-e\", \"/run/ok\"]";

    /// What only a shell would understand.
    private static final Pattern SHELL = Pattern.compile("[\\\\\"'`$|&;<>(){}*?\\[\\]~#!]");

    Track read(Section section) {
        var track = new Track(
                section.find("interfaces").map(this::interfaces).orElse(List.of()),
                section.findSection("scripts").map(this::scripts).orElse(List.of()));
        section.done();
        return track;
    }

    private List<String> interfaces(Node node) {
        var names = new ArrayList<String>();
        var once = new Once<String>();
        for (var element : node.list(INTERFACES).orElse(List.of())) {
            element.text("an interface, such as eth1").ifPresent(name -> {
                once.claim(name, element);
                if (ours && !environment.hasInterface(name)) {
                    element.mustBe("an interface of this machine, because this director may hold the group");
                }
                names.add(name);
            });
        }
        return names;
    }

    private List<Track.Script> scripts(Section section) {
        var scripts = new ArrayList<Track.Script>();
        for (var entry : section.entries()) {
            Names.checkKey(entry);
            entry.node().section("an object, " + entry.name() + " { command = ... }")
                    .ifPresent(script -> scripts.add(script(entry.name(), script)));
        }
        return scripts;
    }

    private static Track.Script script(String name, Section section) {
        var interval = section.find("interval").flatMap(node -> node.duration(INTERVAL_MIN, INTERVAL_MAX)).orElse(INTERVAL);
        var script = new Track.Script(
                name,
                section.require("command", COMMAND).map(TrackReader::argv).orElse(List.of()),
                interval,
                section.find("timeout").flatMap(node -> node.duration(INTERVAL_MIN, INTERVAL_MAX)).orElse(interval),
                section.find("rise").flatMap(node -> node.integer(1, COUNT_MAX)).orElse(1),
                section.find("fall").flatMap(node -> node.integer(1, COUNT_MAX)).orElse(1),
                section.find("weight").map(TrackReader::weight).orElse(OptionalInt.empty()));
        section.done();
        return script;
    }

    private static OptionalInt weight(Node node) {
        var weight = node.integer(-WEIGHT_MAX, WEIGHT_MAX);
        if (weight.filter(value -> value == 0).isPresent()) {
            node.mustBe("other than 0; leave it out if the director shall be unfit while the script fails");
        }
        return weight.map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    private static List<String> argv(Node node) {
        var words = new ArrayList<String>();
        if (node.isList()) {
            node.list(COMMAND).orElse(List.of()).forEach(word -> word.text("a word").ifPresent(words::add));
        } else {
            node.text(COMMAND).ifPresent(text -> {
                if (SHELL.matcher(text).find()) {
                    node.mustBe("without what only a shell understands, because there is none; write a list of words, or a script of its own");
                }
                words.addAll(List.of(text.strip().split("\\s+", -1)));
            });
        }
        boolean runnable = !words.isEmpty() && words.getFirst().startsWith("/") && words.stream().noneMatch(word -> word.indexOf(0) >= 0);
        if (!runnable && (node.isList() || !words.isEmpty())) {
            node.mustBe(COMMAND);
        }
        return words;
    }
}
