package hadirector.role;

/// What the director must do, in the order given.
public sealed interface Action {
    /// Open the group's data path and announce its addresses; if it is open, go on under the higher `epoch`.
    record OpenDataPath(int epoch) implements Action {}

    /// Have the group's data path forward, but announce and answer nothing: the last holder does so until it has said its last word.
    record PrepareDataPath(int epoch) implements Action {}

    /// Announce and answer nothing any more, at once; go on forwarding what still comes.
    record LeaveDataPath() implements Action {}

    /// Close the group's data path at once; nothing may be announced or answered after it.
    record CloseDataPath() implements Action {}

    /// Announce the addresses again: others may have believed in another holder.
    record Announce() implements Action {}

    /// Tell all other members of the view.
    record Tell(Standing standing) implements Action {}

    /// Find out whether the claim of `epoch` is safe and answer with [Event.GuardPassed] or [Event.GuardFailed].
    record CheckGuard(int epoch) implements Action {}

    /// Send `target` every change that there is and then, in the same stream, the hand-over under `epoch`: first to offer the group; once `target` holds and this
    /// director has left it, again as the last word.
    record HandOver(String target, int epoch) implements Action {}

    /// Ask `holder` for a snapshot of the group; [Event.Synced] with `epoch` when it is applied.
    record RequestSnapshot(String holder, int epoch) implements Action {}

    /// Pass the operator's request on to the holder.
    record Forward(String holder, FailoverRequest request) implements Action {}

    /// Give the answer to `request.origin()`.
    record Answer(FailoverRequest request, FailoverRequest.Outcome outcome) implements Action {}

    /// Nothing is held any more, the process may end. Comes once, after [Event.Stopping].
    record Stopped() implements Action {}
}
