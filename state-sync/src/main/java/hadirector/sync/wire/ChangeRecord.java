package hadirector.sync.wire;

import hadirector.conn.Change;
import hadirector.conn.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One change in a message of kind [SyncHeader#CHANGES]: the payload as [EntryLayout] draws it, and in its reserved byte
/// [EntryLayout#CHANGE] the number of the [Change]. So one message carries all kinds of changes in their order.
///
/// Payloads: [Change#UPSERT], [Change#DELETE] and [Change#SNAPSHOT_ENTRY] an entry; [Change#SNAPSHOT_END] u32 entries,
/// u32 zero, u64 digest; [Change#DIGEST], [Change#SHARD_BEGIN], [Change#SHARD_END] u32 entries, u32 shard, u64 digest; the others zeros.
public final class ChangeRecord {
    public static final int LENGTH = EntryLayout.LENGTH;

    private ChangeRecord() {}

    /// Copies a payload and puts its change beside it.
    public static void encode(int change, MemorySegment payload, long payloadAt, MemorySegment to, long at) {
        MemorySegment.copy(payload, payloadAt, to, at, LENGTH);
        to.set(ValueLayout.JAVA_BYTE, at + EntryLayout.CHANGE, (byte) change);
    }

    /// The number of the change of the record at `at`; a number that [#isKnown] does not know is to be skipped.
    public static int change(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(ValueLayout.JAVA_BYTE, at + EntryLayout.CHANGE));
    }

    public static boolean isKnown(int change) {
        return (change >= Change.UPSERT && change <= Change.HANDOVER) || (change >= Change.DIGEST && change <= Change.SHARD_END);
    }

    /// Whether the change brings an entry, so that several in a row can be handed on as one.
    public static boolean bringsEntry(int change) {
        return change == Change.UPSERT || change == Change.DELETE || change == Change.SNAPSHOT_ENTRY;
    }
}
