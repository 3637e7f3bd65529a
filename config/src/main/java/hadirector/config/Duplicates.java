package hadirector.config;

import com.typesafe.config.ConfigOriginFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Finds keys that stand twice between the same braces. HOCON merges them silently, so a service that was copied and
/// not renamed would vanish into the first one.
///
/// Left alone is what is meant: a section of the file in several parts, dotted keys, `+=`, and values that begin with a substitution (`port = ${?PORT}` after
/// `port = 80` is HOCON's way to let the environment decide).
final class Duplicates {
    private static final Pattern TOKEN = Pattern.compile("(?<space>[ \\t\\r]+|(?:#|//)[^\\n]*)"
            + "|(?<text>\"\"\"[\\s\\S]*?\"{3,}|\"(?:[^\"\\\\\\n]++|\\\\.)*+\"|[\\w-]+)"
            + "|(?<mark>[\\s\\S])");

    /// What is between two braces or brackets; keys with their lines.
    private record Scope(String path, boolean isObject, Map<String, Integer> keys) {}

    private enum At {
        KEY,
        SEPARATOR,
        VALUE
    }

    private final Problems problems;
    private final Path file;
    private final Map<String, Map<String, Integer>> sections = new HashMap<>();
    private final Deque<Scope> scopes = new ArrayDeque<>();
    private At at = At.KEY;
    private String key = "";
    private boolean simple = true;
    private int line = 1;

    private Duplicates(Path file, Problems problems) {
        this.file = file;
        this.problems = problems;
        scopes.push(new Scope("", true, new HashMap<>()));
    }

    /// @param file which HOCON accepts; includes are not followed
    static void find(Path file, Problems problems) {
        try {
            new Duplicates(file, problems).scan(Files.readString(file));
        } catch (IOException _) {
            // Not UTF-8, or gone since it was parsed: then HOCON's reading stands unchecked.
        }
    }

    private void scan(String text) {
        var tokens = TOKEN.matcher(text);
        while (tokens.find()) {
            if (tokens.group("text") != null) {
                text(tokens.group());
            } else if (tokens.group("mark") != null) {
                mark(tokens.group().charAt(0));
            }
            line += (int) tokens.group().chars().filter(c -> c == '\n').count();
        }
    }

    private void text(String token) {
        if (at == At.KEY) {
            simple &= key.isEmpty();
            key += token.startsWith("\"") ? token.substring(1, token.length() - 1) : token;
        } else {
            valueStarts();
        }
    }

    private void mark(char mark) {
        switch (mark) {
            case '\n', ',' -> entryEnds(mark);
            case '{' -> open(true);
            case '[' -> open(false);
            case '}', ']' -> close();
            case ':', '=' -> at = at == At.KEY ? At.SEPARATOR : at;
            case '$' -> at = at == At.SEPARATOR ? At.VALUE : at;
            default -> {
                simple = false;
                key += at == At.KEY ? mark : "";
                valueStarts();
            }
        }
    }

    private void entryEnds(char mark) {
        boolean valueMayFollow = at == At.SEPARATOR && mark == '\n';
        if (!valueMayFollow) {
            at = scopes.getFirst().isObject() ? At.KEY : At.VALUE;
            key = "";
            simple = true;
        }
    }

    private void open(boolean isObject) {
        if (at == At.KEY && !key.isEmpty()) {
            at = At.SEPARATOR;
        }
        boolean isSection = scopes.size() == 1 && isObject;
        if (!isSection) {
            valueStarts();
        }
        scopes.push(new Scope(path(), isObject, isSection ? section() : new HashMap<>()));
        at = isObject ? At.KEY : At.VALUE;
        key = "";
        simple = true;
    }

    private Map<String, Integer> section() {
        return sections.computeIfAbsent(key, _ -> new HashMap<>());
    }

    private String path() {
        String outer = scopes.getFirst().path();
        return outer.isEmpty() || key.isEmpty() ? outer + key : outer + "." + key;
    }

    private void close() {
        if (scopes.size() > 1) {
            scopes.pop();
        }
        at = At.VALUE;
        key = "";
    }

    private void valueStarts() {
        if (at != At.SEPARATOR) {
            return;
        }
        at = At.VALUE;
        var scope = scopes.getFirst();
        Integer first = simple ? scope.keys().putIfAbsent(key, line) : null;
        if (first != null) {
            problems.add(
                    ConfigOriginFactory.newFile(file.toAbsolutePath().toString()).withLineNumber(line),
                    path(),
                    "is here again, must be once, because HOCON would merge it silently with line " + first);
        }
    }
}
