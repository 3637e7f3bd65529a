package hadirector.conn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.function.IntFunction;

/// The memory of a [ConnectionTable] whose process is dead, and the leases of its groups: what both say of the connections that were its own. Nobody
/// writes to it any more. Nothing is believed: a connection counts only if its cell leads to it and is the one that its key has.
///
/// @param index the cells, see [TableLayout]
/// @param chunks the slots, by the number of their chunk; empty segments where there are none
/// @param leases until when each group was served (CLOCK_MONOTONIC, 0: not at all), 8 bytes each, by the group's index
public record LeftTable(MemorySegment index, IntFunction<MemorySegment> chunks, MemorySegment leases, KeyHash hashing) {
    private static final int IN_CHUNK = TableLayout.CHUNK_SLOTS - 1;

    /// Gets one of the connections, as [EntryLayout] has it.
    @FunctionalInterface
    public interface Heir {
        /// @param entry valid during the call
        /// @return whether it was wanted
        boolean take(MemorySegment entry, long at) throws InterruptedException;
    }

    /// What was found.
    ///
    /// @param given to the heir, who wanted them
    /// @param old of groups whose last lease ended too long ago
    /// @param damaged cells without a connection of theirs
    public record Found(int given, int old, int damaged) {}

    /// What a cell leads to.
    private enum Judgement {
        OWN,
        FOREIGN,
        OLD,
        DAMAGED
    }

    /// Gives the connections of all groups that the process served when it died, unless that is longer ago than `ageMax`. As nobody knows how long each of
    /// them was idle, they last for as long once more unless somebody takes their group.
    public Found give(long now, Duration ageMax, Heir heir) throws InterruptedException {
        int seconds = Math.toIntExact(ageMax.toSeconds());
        int given = 0;
        int old = 0;
        int damaged = 0;
        try (var arena = Arena.ofConfined()) {
            var entry = arena.allocate(EntryLayout.LENGTH, Long.BYTES);
            for (long at = 0; at < index.byteSize(); at += TableLayout.CELL_LENGTH) {
                long cell = index.get(ValueLayout.JAVA_LONG, at);
                if (cell != 0 && (cell & 1) == KeyIndex.FORWARD) {
                    switch (judge(cell, entry, seconds, now)) {
                        case OWN -> given += heir.take(entry, 0) ? 1 : 0;
                        case OLD -> old++;
                        case DAMAGED -> damaged++;
                        case FOREIGN -> {}
                    }
                }
            }
        }
        return new Found(given, old, damaged);
    }

    private Judgement judge(long cell, MemorySegment entry, int seconds, long now) {
        int slot = ((int) cell >>> 1) - 1;
        var chunk = slot < 0 ? MemorySegment.NULL : chunks.apply(slot >>> TableLayout.CHUNK_BITS);
        if (chunk.byteSize() < TableLayout.CHUNK_LENGTH) {
            return Judgement.DAMAGED;
        }
        long at = (long) (slot & IN_CHUNK) * TableLayout.SLOT_LENGTH;
        EntryCodec.encode(chunk, at, seconds, entry, 0);
        int group = Short.toUnsignedInt(chunk.get(ValueLayout.JAVA_SHORT, at + TableLayout.RECORDS + FlowRecord.GROUP));
        boolean whole = (int) (cell >>> 32) == hash(entry)
                && EntryCodec.problem(entry, 0).isEmpty()
                && group < leases.byteSize() / Long.BYTES;
        if (!whole) {
            return Judgement.DAMAGED;
        }
        long lease = leases.getAtIndex(ValueLayout.JAVA_LONG, group);
        if (lease == 0) {
            return Judgement.FOREIGN;
        }
        return now - lease > seconds * 1_000_000_000L ? Judgement.OLD : Judgement.OWN;
    }

    private int hash(MemorySegment entry) {
        return hashing.of(
                EntryCodec.u8(entry, EntryLayout.PROTOCOL),
                EntryCodec.u64(entry, EntryLayout.CLIENT),
                EntryCodec.u64(entry, EntryLayout.CLIENT + Long.BYTES),
                EntryCodec.u16(entry, EntryLayout.CLIENT_PORT),
                EntryCodec.u64(entry, EntryLayout.VIRTUAL),
                EntryCodec.u64(entry, EntryLayout.VIRTUAL + Long.BYTES),
                EntryCodec.u16(entry, EntryLayout.VIRTUAL_PORT));
    }
}
