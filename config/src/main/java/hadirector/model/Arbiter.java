package hadirector.model;

import java.util.List;
import java.util.stream.Collectors;

/// Who decides between directors that have lost each other: `director.cluster.arbiter`.
public sealed interface Arbiter {
    /// Nobody: while both the cluster network and a client network are cut, each part may have a holder.
    record None() implements Arbiter {}

    /// Who reaches one of these may hold.
    record Gateway(List<LanAddress> addresses) implements Arbiter {
        public Gateway {
            addresses = List.copyOf(addresses);
        }
    }

    /// More than half of the members, of which at least one forwards nothing and only votes.
    record Witness() implements Arbiter {}

    /// More than half of the members.
    record Majority() implements Arbiter {}

    /// Those of which one must be reached; none but for [Gateway].
    default List<LanAddress> gateways() {
        return this instanceof Gateway(var addresses) ? addresses : List.of();
    }

    /// Its config word.
    default String word() {
        return switch (this) {
            case None _ -> "none";
            case Gateway _ -> "gateway";
            case Witness _ -> "witness";
            case Majority _ -> "majority";
        };
    }

    /// For operators: the word, and the addresses of gateways.
    default String text() {
        return this instanceof Gateway
                ? word() + " " + gateways().stream().map(LanAddress::toString).collect(Collectors.joining(", "))
                : word();
    }
}
