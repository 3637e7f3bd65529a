package hadirector.engine;

import static hadirector.conn.ConnectionState.NONE;
import static hadirector.conn.ConnectionState.SYNACK;
import static hadirector.conn.ConnectionState.SYN_RECV;
import static hadirector.conn.ConnectionState.SYN_SENT;

import hadirector.conn.ConnectionTable;
import java.util.Arrays;
import java.util.SplittableRandom;

/// The connections of a service whose handshake is not done, at most so many: each has a cell, and a new one takes a random cell.
/// Of a few that are tried a free one is preferred; if there is none, whose cell it was must go. So while there is room nobody is
/// dropped, with ever less room ever more are, at random, and a flood only displaces itself in the end. Owner thread; a new connection
/// allocates nothing, but that there are more cells than ever before.
final class HalfOpens {
    static final int NOBODY = -1;
    private static final int TRIES = 8;
    private static final int CELLS_MIN = 1024;
    private static final int FREE_PART = 4;

    private final ConnectionTable table;
    private final int service;
    private final int max;
    private final SplittableRandom random;

    /// Slot and generation of each; what is no half-open connection of the service any more is free.
    private long[] cells;

    private int place;

    /// @param max how many there may be
    HalfOpens(ConnectionTable table, int service, int max, long seed) {
        this.table = table;
        this.service = service;
        this.max = max;
        random = new SplittableRandom(seed);
        cells = new long[Math.min(CELLS_MIN, max)];
        Arrays.fill(cells, NOBODY);
    }

    int max() {
        return max;
    }

    static boolean isHalfOpen(int state) {
        return state == NONE.number() || state == SYN_RECV.number() || state == SYN_SENT.number() || state == SYNACK.number();
    }

    /// Finds a place for one more.
    ///
    /// @param present half-open connections of the service now
    /// @return slot of the connection that must go, or [#NOBODY]
    int makeRoom(int present) {
        if (present > cells.length / FREE_PART && cells.length < max) {
            int before = cells.length;
            cells = Arrays.copyOf(cells, (int) Math.min(max, 2L * before));
            Arrays.fill(cells, before, cells.length, NOBODY);
        }
        for (int i = 0; i < TRIES; i++) {
            place = random.nextInt(cells.length);
            if (!isTaken(cells[place])) {
                return NOBODY;
            }
        }
        return (int) cells[place];
    }

    /// The connection for which there was made room has begun.
    void add(int slot) {
        cells[place] = (long) table.generation(slot) << Integer.SIZE | slot;
    }

    private boolean isTaken(long cell) {
        int slot = (int) cell;
        return slot != NOBODY
                && table.live(slot)
                && table.generation(slot) == (int) (cell >>> Integer.SIZE)
                && table.service(slot) == service
                && isHalfOpen(table.state(slot));
    }
}
