package hadirector.admin;

import hadirector.conn.ConnectionEntry;
import hadirector.engine.Whereabouts;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import java.util.List;
import java.util.Optional;

/// All that an operator can ask of a running director; the director implements it, the control socket and the
/// metrics call it. Methods may be called from any thread, several at once, and may wait; none throws for
/// what an operator or a peer did wrong: that is an [Answer].
public interface Operations {
    /// The state of this moment, from memory; returns without waiting for a peer.
    StatusReport status();

    /// Up to `limit` connections that match, newest state.
    List<ConnectionEntry> connections(ConnectionFilter filter, int limit);

    /// Where the packets of `client` to `virtual` go, or would go; changes nothing.
    ///
    /// @throws IllegalStateException if the engine does not answer
    Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual);

    /// The latest takeovers of all groups, by all directors as far as known, the newest first.
    List<TakeoverReport> failovers();

    /// Hands `group` over to `target`, or to the fittest other director; refused if that lacks connections, unless with `force`. Waits until the other one holds it. Works on any
    /// director of the cluster, not only on the holder. [Answer.Refused] if the target is not fit, with the reason.
    Answer failover(String group, Optional<String> target, boolean force);

    /// Takes the realserver out of the rotation on all directors: its connections go on, it gets no new ones. Returns
    /// at once; what remains is in [StatusReport.Server]. Draining twice is [Answer.Done].
    Answer drain(String service, Endpoint realServer);

    /// Undoes [#drain].
    Answer enable(String service, Endpoint realServer);

    /// Reads the config file again and applies the difference, listed in [Answer.Done#details]; a bad file is
    /// [Answer.Invalid] and changes nothing.
    ///
    /// @param dryRun only tell what would change
    Answer reload(boolean dryRun);
}
