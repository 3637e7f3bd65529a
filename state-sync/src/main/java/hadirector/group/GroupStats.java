package hadirector.group;

import hadirector.door.Refused;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The group service's numbers since its start.
///
/// @param encrypted whether its traffic is
/// @param keysUntil until when the keys of each member are valid, this one's and those of the others as far as seen
/// @param refused what came to the cluster's port and was refused
/// @param unfinished connections that ended before both ends knew each other
/// @param links networks between the directors, in the config's order
public record GroupStats(
        boolean encrypted, Map<String, Instant> keysUntil, Map<Refused, Long> refused, long unfinished, List<Link> links) {
    /// Without encryption, and nothing was refused.
    public static final GroupStats NONE = new GroupStats(false, Map.of(), Map.of(), 0, List.of());

    public GroupStats {
        keysUntil = Map.copyOf(keysUntil);
        refused = Map.copyOf(refused);
        links = List.copyOf(links);
    }

    /// One network between the directors.
    ///
    /// @param address of this director on it
    /// @param reaches names of the directors that are in view by it, without this one
    public record Link(String address, Set<String> reaches) {
        public Link {
            reaches = Set.copyOf(reaches);
        }
    }
}
