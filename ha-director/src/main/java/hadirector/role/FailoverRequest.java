package hadirector.role;

import java.util.Optional;

/// An operator's wish to move a group.
///
/// @param origin director that the operator asked; it gets the answer
/// @param id of the request, unique on its origin
/// @param target who shall take over; empty: the best of the others
/// @param force even if the target has no verified copy of the connection table, or lacks the latest changes
public record FailoverRequest(String origin, long id, Optional<String> target, boolean force) {
    /// What came of it.
    public sealed interface Outcome {
        /// @param tookNanos from the holder's decision until it heard that `holder` had taken over
        record Moved(String holder, int epoch, long tookNanos) implements Outcome {}

        /// @param why a sentence for the operator
        record Refused(String why) implements Outcome {}
    }
}
