package hadirector.role;

import hadirector.model.Endpoint;

/// What directors tell each other beside replication; see [RoleCodec] for its bytes.
public sealed interface RoleMessage {
    /// The sender's standing in one group.
    record Told(Standing standing) implements RoleMessage {}

    /// An operator's request, for the holder.
    record Ask(String group, FailoverRequest request) implements RoleMessage {}

    /// The answer to the request `id` of the receiver.
    record Answered(String group, long id, FailoverRequest.Outcome outcome) implements RoleMessage {}

    /// An operator has drained or enabled a realserver. Told again to whoever joins.
    ///
    /// @param at when, in milliseconds since 1970; the later word wins
    record ServerOverride(String service, Endpoint realServer, boolean drained, long at) implements RoleMessage {}

    /// The report of a takeover.
    ///
    /// @param json as the control socket hands it out
    record Takeover(String json) implements RoleMessage {}
}
