package hadirector.conn;

/// Learns what happens to the connections of a table, whoever caused it: packets, timeouts or another director.
/// Called on the owner thread; it must not change the table.
public interface ConnectionListener {
    /// The connection at `slot` is in the table.
    void added(int slot);

    /// Its state was `before`.
    void stateChanged(int slot, int before);

    /// It is about to leave the table.
    void removed(int slot);
}
