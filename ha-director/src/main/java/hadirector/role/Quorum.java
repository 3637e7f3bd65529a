package hadirector.role;

import java.util.Set;

/// Whom a holder must have in sight, so that of two parts that have lost each other one at most holds.
///
/// @param members all of the configuration, this director among them
public record Quorum(Kind kind, Set<String> members) {
    public enum Kind {
        /// Nobody.
        NONE,
        /// A gateway, or all other members.
        GATEWAY,
        /// More than half of the members, itself among them.
        MAJORITY
    }

    public Quorum {
        members = Set.copyOf(members);
    }

    /// @param others members in sight
    /// @param gateway whether a gateway of the arbiter answers
    boolean isReached(long others, boolean gateway) {
        return switch (kind) {
            case NONE -> true;
            case GATEWAY -> gateway || isAll(others);
            case MAJORITY -> isMajority(others);
        };
    }

    /// Whether `others` have granted enough for a claim.
    boolean isGranted(long others) {
        return kind != Kind.MAJORITY || isMajority(others);
    }

    /// Whether nobody is missing: then nobody can hold the group unseen.
    boolean isAll(long others) {
        return others >= 0 && others + 1 == members.size();
    }

    private boolean isMajority(long others) {
        return 2 * (others + 1) > members.size();
    }

    /// What is missing, for operators.
    String lack() {
        return switch (kind) {
            case NONE -> "";
            case GATEWAY -> "neither a gateway of the arbiter nor every other director is in sight";
            case MAJORITY -> "no more than half of the %d members are in sight".formatted(members.size());
        };
    }
}
