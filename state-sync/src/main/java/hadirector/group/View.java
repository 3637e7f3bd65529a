package hadirector.group;

import java.util.List;

/// Who can be reached, as the group service believes. A view is not permission to hold anything.
///
/// @param number grows with each view on this director
/// @param members names in the group's order, this director among them
/// @param merged whether partitions came together again
public record View(long number, List<String> members, boolean merged) {
    public View {
        members = List.copyOf(members);
    }
}
