package hadirector.model;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Which clients a service answers. The longest prefix that holds the client decides; without one, a client is let in
/// if nothing is allowed by name.
///
/// @param allow none of which is also in `deny`
public record AccessList(List<Prefix> allow, List<Prefix> deny) {
    /// Lets everybody in.
    public static final AccessList OPEN = new AccessList(List.of(), List.of());

    public AccessList {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }

    public boolean isOpen() {
        return allow.isEmpty() && deny.isEmpty();
    }

    /// Whether a client that is in no prefix is let in.
    public boolean letsOthersIn() {
        return allow.isEmpty();
    }

    public boolean lets(IpAddress client) {
        return Stream.concat(allow.stream(), deny.stream())
                .filter(prefix -> prefix.contains(client))
                .max(Comparator.comparingInt(Prefix::length))
                .map(allow::contains)
                .orElse(letsOthersIn());
    }
}
