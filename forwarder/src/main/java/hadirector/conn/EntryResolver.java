package hadirector.conn;

/// What replication asks and tells the engine; owner thread.
public interface EntryResolver {
    /// The engine's number of the service at a VIP, or [ConnectionTable#NONE].
    int service(int protocol, long virtualHigh, long virtualLow, int virtualPort);

    /// The engine's number of a realserver of `service`, or [ConnectionTable#NO_SERVER]: the connection is kept, as of
    /// a realserver that drains.
    int server(int service, long realHigh, long realLow, int realPort);

    /// The whole timeout of a connection of `service` in `state`.
    long timeoutNanos(int service, int state);

    /// An entry of another director was applied.
    void applied();

    /// An entry of another director was refused: malformed, its service unknown, the table full.
    void refused();

    /// A snapshot has been applied, and what was not in it is removed.
    ///
    /// @param group see [GroupId]
    /// @param epoch of the holding that it is a snapshot of
    /// @param verified whether number and digest were what the sender said and every entry had room
    void snapshotApplied(int group, int epoch, boolean verified, int entries);

    /// A shard of a group here was compared with its holder's.
    void compared(boolean same);

    /// The shard of the group is not what its holder has: it is to be sent anew, see [ReplicatedTable#resend].
    ///
    /// @param here number of entries
    void shardDiffers(int group, int shard, int here, int there);

    /// It has been sent anew.
    ///
    /// @param removed entries that the holder does not have
    void shardRepaired(int group, int shard, int entries, int removed);

    /// The holder of the group hands over; its entries are in place.
    void handoverArrived(int group, int epoch);
}
