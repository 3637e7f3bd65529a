package hadirector.config;

import java.util.List;

/// What a config file came to: a configuration that may be used, or everything that is wrong with it.
public sealed interface ConfigResult {
    /// @param warnings what is allowed but hardly meant, in the order of the file
    record Valid(DirectorConfig config, List<Problem> warnings) implements ConfigResult {
        public Valid {
            warnings = List.copyOf(warnings);
        }
    }

    /// @param problems every mistake, at least one, in the order of the file
    record Invalid(List<Problem> problems) implements ConfigResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
