package hadirector.role;

import java.util.Optional;

/// What one director is for one VIP group. `epoch` numbers the holdings of the group: each new one is higher.
public sealed interface Role {
    /// Answers for nothing; follows the holder's table.
    record Backup() implements Role {}

    /// Asks every member of the view to grant `epoch`, and the guard whether the last holder is certainly gone.
    ///
    /// @param since when it began to claim
    /// @param guarded whether the guard has agreed to `epoch`
    record Claiming(int epoch, long since, boolean guarded) implements Role {}

    /// Holds the group: its data path is open.
    ///
    /// @param since when this director took over; a raised epoch does not change it
    record Active(int epoch, long since) implements Role {}

    /// A holder that has offered the group to `target` and waits to hear that it has taken over.
    ///
    /// @param forwarding whether the data path is still open; not if this director became unfit
    /// @param offered epoch under which `target` will hold
    /// @param withdrawn whether the offer is void; it waits for `target` to say that it knows, or has taken over before
    /// @param request the operator's, to be answered
    record HandingOver(
            Active holding,
            boolean forwarding,
            String target,
            int offered,
            boolean withdrawn,
            long begun,
            Optional<FailoverRequest> request)
            implements Role {
        HandingOver closed() {
            return new HandingOver(holding, false, target, offered, withdrawn, begun, request);
        }

        HandingOver withdraw() {
            return new HandingOver(holding, forwarding, target, offered, true, begun, request);
        }
    }

    default Kind kind() {
        return switch (this) {
            case Backup _ -> Kind.BACKUP;
            case Claiming _ -> Kind.CLAIMING;
            case Active _ -> Kind.ACTIVE;
            case HandingOver _ -> Kind.HANDING_OVER;
        };
    }

    /// A role without its particulars; the number is the one on the wire and of the metric.
    enum Kind {
        BACKUP(0),
        CLAIMING(1),
        ACTIVE(2),
        HANDING_OVER(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }

        /// Whether the group is this director's, so that nobody else may claim it.
        public boolean holds() {
            return this == ACTIVE || this == HANDING_OVER;
        }

        public static Optional<Kind> of(int number) {
            for (Kind kind : values()) {
                if (kind.number == number) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }
}
