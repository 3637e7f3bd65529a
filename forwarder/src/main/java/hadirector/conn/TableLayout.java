package hadirector.conn;

/// The shared memory of a [ConnectionTable], read by the BPF programs as well: one writer, the table's owner thread.
///
/// ```
///   index: cells of 8 bytes, native                    chunk of 4,096 slots of 192 bytes
///   63         32 31              1   0                0        64          128         192
///   +------------+----------------+---+                +--------+-----------+-----------+
///   |    hash    |    slot + 1    |dir| ---- slot ---> |  key   | record 0  | record 1  |
///   +------------+----------------+---+                +--------+-----------+-----------+
///
///   key, 64 bytes: 0 as EntryLayout (58 bytes, network order) | 58 service | 60 server | 62 generation (16 bits, native)
/// ```
///
/// A cell is 0 if free; `dir` is 0 for (client, VIP) and 1 for (realserver, client). To find a tuple: [KeyHash#of] it, begin at
/// cell `(hash & 0xffffffff) * homes >>> 32`, go on while cells are neither free nor its own, [#PROBES_MAX] at most. A cell is its own if
/// hash and the key's bytes are. Behind the last home there are cells for as many probes, the last of which stays free: nobody has to go round at
/// the end, which the kernel's verifier could not follow.
///
/// The writer fills a slot before it stores the cell (release), and empties cells before it changes a slot, which
/// then rests ([ConnectionTable#QUARANTINE_NANOS]). Cells move towards their home when others are removed. So who reads meanwhile can
/// only miss.
public final class TableLayout {
    public static final int SLOT_LENGTH = 192;

    /// The record of direction 0; that of 1 follows.
    public static final int RECORDS = 64;

    public static final int CHUNK_BITS = 12;
    public static final int CHUNK_SLOTS = 1 << CHUNK_BITS;
    public static final int CHUNK_LENGTH = CHUNK_SLOTS * SLOT_LENGTH;
    public static final int CELL_LENGTH = 8;

    /// Cells that may be looked at for one key.
    public static final int PROBES_MAX = 128;

    static final int CELLS_PER_CONNECTION = 4;
    private static final int SPARE_SLOTS = 8_192;
    private static final int CONNECTIONS_MIN = 64;

    private TableLayout() {}

    /// Cells at which a probe may begin: a quarter of them used by DR, half by NAT when the table is full.
    public static int homes(int connectionsMax) {
        return CELLS_PER_CONNECTION * Math.max(connectionsMax, CONNECTIONS_MIN);
    }

    /// Cells of a table for so many connections.
    public static int cells(int connectionsMax) {
        return homes(connectionsMax) + PROBES_MAX;
    }

    /// More slots than connections, for those that rest or wait to be replicated.
    public static int slots(int connectionsMax) {
        return connectionsMax + connectionsMax / 8 + SPARE_SLOTS;
    }

    public static int chunks(int connectionsMax) {
        return (slots(connectionsMax) + CHUNK_SLOTS - 1) >>> CHUNK_BITS;
    }
}
