package hadirector.model;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/// What beside its own addresses makes a director fit for a group (keepalived's `track_interface` and `track_script`).
///
/// @param interfaces that must have a carrier
public record Track(List<String> interfaces, List<Script> scripts) {
    public static final Track NOTHING = new Track(List.of(), List.of());

    public Track {
        interfaces = List.copyOf(interfaces);
        scripts = List.copyOf(scripts);
    }

    /// A program that says by its exit status whether the director is well (keepalived's `vrrp_script`).
    ///
    /// @param argv the program and its words; there is no shell
    /// @param interval between the starts of two runs; a run that takes longer delays the next
    /// @param timeout after which a run has failed, and the program and its children are killed
    /// @param rise good runs in a row after which it succeeds
    /// @param fall bad runs in a row after which it fails
    /// @param weight added to the priority: a positive one while it succeeds, a negative one while it fails. Empty: the
    ///     director is unfit while it fails
    public record Script(
            String name, List<String> argv, Duration interval, Duration timeout, int rise, int fall, OptionalInt weight) {
        public Script {
            argv = List.copyOf(argv);
        }
    }
}
