package hadirector.director;

import hadirector.role.RefusedMessage;
import java.util.HashSet;
import java.util.Set;

/// What has been said about messages that were not taken in: once for each sender and reason in a view, since a director
/// of another version repeats itself twice a second. Pure.
final class Refusals {
    private record Known(String sender, RefusedMessage.Reason reason) {}

    private final Set<Known> told = new HashSet<>();

    /// @return whether it is news
    boolean isNew(String sender, RefusedMessage.Reason reason) {
        return told.add(new Known(sender, reason));
    }

    /// A new view: whoever has left may come back as another version.
    void forget() {
        told.clear();
    }
}
