package hadirector.director;

import hadirector.health.Target;
import hadirector.role.FailoverRequest;
import hadirector.role.Standing;

/// What directors say to each other beside replication.
sealed interface ControlMessage {
    record Told(Standing standing) implements ControlMessage {}

    record Asked(String group, FailoverRequest request) implements ControlMessage {}

    record Answered(String group, FailoverRequest request, FailoverRequest.Outcome outcome)
            implements ControlMessage {}

    record Drain(Target target, Drains.Word word) implements ControlMessage {}
}
