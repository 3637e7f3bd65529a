package hadirector.conn;

/// What a table asks before a connection ends by its timeout. Owner thread.
public interface Expiry {
    /// The whole timeout of the connection's service and state.
    long timeoutNanos(int slot);

    /// The time of the connection at `slot` is up as far as its entry knows; whoever has seen a later packet, such as the
    /// kernel's fast path, says so.
    ///
    /// @return its new deadline; `now` or earlier if it is to end
    long lastChance(int slot, long now);

    /// The connection at `slot` ends by its timeout; it is still there to read.
    void expired(int slot);
}
