package hadirector.cli;

import java.nio.file.Path;
import java.util.Optional;

/// Runs a director until it ends; behind an interface so that no other command loads its classes.
@FunctionalInterface
public interface Runner {
    /// @param name this director's, before the file's
    /// @param socket the control socket's path, before the file's
    /// @param witness whether it only votes
    /// @return exit code: 0 after an orderly end, 1 if it failed, 2 if the config file is wrong (all problems on stderr)
    int run(Path config, Optional<String> name, Optional<Path> socket, boolean witness) throws Exception;
}
