package hadirector.conn;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;

/// One connection as a value, for the control plane and tests; the data path uses [EntryLayout] on memory.
///
/// @param state see [ConnectionState]
/// @param expiresSeconds until it ends if nothing comes
public record ConnectionEntry(
        Protocol protocol,
        Endpoint client,
        Endpoint virtual,
        Endpoint real,
        ForwardingMethod method,
        ConnectionState state,
        int expiresSeconds) {}
