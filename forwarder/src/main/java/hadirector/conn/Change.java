package hadirector.conn;

/// Kinds of records in a [ChangeRing].
public final class Change {
    /// The payload is an entry that is new or has changed: put it.
    public static final int UPSERT = 1;

    /// The payload is an entry that has ended: remove it.
    public static final int DELETE = 2;

    /// A snapshot of the group begins. No payload.
    public static final int SNAPSHOT_BEGIN = 3;

    /// An entry of the snapshot.
    public static final int SNAPSHOT_ENTRY = 4;

    /// The snapshot is whole. Payload: u32 entries, u32 zero, u64 digest (the sum of [EntryCodec#digest]).
    public static final int SNAPSHOT_END = 5;

    /// The holder hands the group over to the peer. No payload; it comes after all entries.
    public static final int HANDOVER = 6;

    /// The payload is an entry from the previous holder, late: put it only if the table has none of that connection.
    /// Made by the receiver of replication; it is never on the wire.
    public static final int UPSERT_IF_ABSENT = 7;

    /// The payload is an entry of a holder that is no director of the cluster (IPVS): put it as [#UPSERT] does. Nobody will tell how its connections end,
    /// so those of the group expire here, by the timeouts of their entries. Made by the receiver of IPVS's sync protocol; it is never on the wire.
    public static final int INHERIT = 8;

    /// What a shard of the group holds after all changes before this one. Payload: u32 entries, u32 shard, u64 digest.
    public static final int DIGEST = 9;

    /// All entries of a shard follow as [#UPSERT]. Payload as of [#DIGEST].
    public static final int SHARD_BEGIN = 10;

    /// They have been sent; others of the shard are to go. Payload as of [#DIGEST].
    public static final int SHARD_END = 11;

    private Change() {}
}
