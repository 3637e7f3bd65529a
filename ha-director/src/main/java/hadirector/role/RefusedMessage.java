package hadirector.role;

/// A message from another director that is not taken in.
public final class RefusedMessage extends Exception {
    private static final long serialVersionUID = 1;

    /// Why: each is counted by itself.
    public enum Reason {
        /// Cut short, or a value that cannot be.
        MALFORMED,
        /// Of a version that this director does not know; its sender may hold groups: [Event.Unreadable].
        VERSION,
        /// Of a kind that this version does not know: skip it.
        KIND,
        /// From a director of another cluster.
        CLUSTER
    }

    private final Reason reason;

    RefusedMessage(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
