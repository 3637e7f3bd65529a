package hadirector.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects all that is wrong or doubtful in one config file.
///
/// A reader that meets a mistake reports it here and goes on with a stand-in, so that the operator sees every mistake
/// at once; what was read is used only if no problem was found.
final class Problems {
    private final Path file;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    Problems(Path file) {
        this.file = file;
    }

    void add(ConfigOrigin origin, String key, String text) {
        problems.add(at(origin, key, text));
    }

    void warn(ConfigOrigin origin, String key, String text) {
        warnings.add(at(origin, key, text));
    }

    /// A mistake for which HOCON itself refuses the file.
    void add(ConfigException refused) {
        var origin = refused.origin();
        if (refused instanceof ConfigException.IO && refused.getCause() instanceof IOException cause) {
            problems.add(at(origin, "", "cannot be read: " + reason(cause)));
            return;
        }
        String text = String.valueOf(refused.getMessage());
        String prefix = origin == null ? "" : origin.description() + ": ";
        problems.add(at(origin, "", text.startsWith(prefix) ? text.substring(prefix.length()) : text));
    }

    private static String reason(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        int system = message.lastIndexOf('('); // As in `director.conf (Permission denied)`.
        return system >= 0 && message.endsWith(")") ? message.substring(system + 1, message.length() - 1) : message;
    }

    void add(String text) {
        problems.add(at(null, "", text));
    }

    /// Where `origin` is, as in `director.conf:12`.
    String place(ConfigOrigin origin) {
        var here = at(origin, "", "");
        return here.file() + (here.line() > 0 ? ":" + here.line() : "");
    }

    /// How many there are so far.
    int count() {
        return problems.size();
    }

    List<Problem> problems() {
        return problems.stream().sorted().toList();
    }

    List<Problem> warnings() {
        return warnings.stream().sorted().toList();
    }

    private Problem at(@Nullable ConfigOrigin origin, String key, String text) {
        if (origin == null) {
            return new Problem(file.toString(), 0, key, text);
        }
        return new Problem(name(origin), Math.max(0, origin.lineNumber()), key, text);
    }

    /// The file as the operator named it; an included one by its path; else what HOCON says, such as `env variables`.
    private String name(ConfigOrigin origin) {
        String name = origin.filename();
        if (name == null) {
            return origin.description();
        }
        return name.equals(file.toAbsolutePath().toString()) ? file.toString() : name;
    }
}
