package hadirector.config;

import java.util.Optional;
import java.util.regex.Pattern;

/// Names of clusters, directors, groups and services: what command lines, metrics and messages can carry.
final class Names {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String MUST = "1 to 63 letters, digits, '.', '_' or '-', starting with a letter or digit";

    private Names() {}

    /// A name that is a value.
    static Optional<String> value(Node node) {
        return node.parse(text -> Optional.of(text).filter(Names::isName), "a name of " + MUST);
    }

    /// A name that is a key.
    static boolean checkKey(Section.Entry entry) {
        if (!isName(entry.name())) {
            entry.node().wrong("has a name that must be " + MUST);
            return false;
        }
        return true;
    }

    private static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
