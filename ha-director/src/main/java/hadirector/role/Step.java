package hadirector.role;

import java.util.List;

/// The machine after an event, and what the director must do.
public record Step(GroupRole next, List<Action> actions) {
    public Step {
        actions = List.copyOf(actions);
    }
}
