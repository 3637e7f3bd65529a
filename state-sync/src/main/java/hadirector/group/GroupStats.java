package hadirector.group;

import hadirector.door.Refused;
import java.time.Instant;
import java.util.Map;

/// The group service's numbers since its start.
///
/// @param encrypted whether its traffic is
/// @param keysUntil until when the keys of each member are valid, this one's and those of the others as far as seen
/// @param refused what came to the cluster's port and was refused
public record GroupStats(boolean encrypted, Map<String, Instant> keysUntil, Map<Refused, Long> refused) {
    /// Without encryption, and nothing was refused.
    public static final GroupStats NONE = new GroupStats(false, Map.of(), Map.of());

    public GroupStats {
        keysUntil = Map.copyOf(keysUntil);
        refused = Map.copyOf(refused);
    }
}
