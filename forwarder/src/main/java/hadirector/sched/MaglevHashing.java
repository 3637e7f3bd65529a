package hadirector.sched;

import java.util.Arrays;

/// LVS `mh`: Maglev consistent hashing (Eisenbud et al., NSDI 2016, 3.4) over a table of a prime size. Each server walks
/// the table in a permutation of its own, made of its identity, and the servers take free places in turns, as often as
/// their configured weights say. Two directors with the same servers build the same table, and a change of servers moves
/// few clients of the others.
final class MaglevHashing extends Hashing {
    static final int TABLE_SIZE = CHOICES_MAX;
    private static final char FREE = NO_CHOICE;

    private final char[] table = new char[TABLE_SIZE];

    MaglevHashing(ServerPool pool) {
        super(pool);
        Arrays.fill(table, FREE);
        fill(pool);
    }

    @Override
    int owner(ServerPool pool, int hash) {
        char slot = table[(int) Mix.scale(hash, TABLE_SIZE)];
        return slot == FREE ? NONE : slot;
    }

    @Override
    public char[] choices(ServerPool pool) {
        return table.clone();
    }

    /// In a round each server gains its weight and takes a place for each time that it has the greatest weight together.
    private void fill(ServerPool pool) {
        int size = pool.size();
        int[] position = new int[size];
        int[] skip = new int[size];
        long[] credit = new long[size];
        int greatest = 0;
        for (int slot = 0; slot < size; slot++) {
            long identity = pool.identity(slot);
            position[slot] = (int) Long.remainderUnsigned(Mix.of(identity + 1), TABLE_SIZE);
            skip[slot] = 1 + (int) Long.remainderUnsigned(Mix.of(identity + 2), TABLE_SIZE - 1);
            greatest = Math.max(greatest, pool.configured(slot));
        }
        int free = greatest == 0 ? 0 : TABLE_SIZE;
        while (free > 0) {
            for (int slot : order) {
                credit[slot] += pool.configured(slot);
                if (credit[slot] >= greatest && free > 0) {
                    credit[slot] -= greatest;
                    position[slot] = place(slot, position[slot], skip[slot]);
                    free--;
                }
            }
        }
    }

    private int place(int slot, int from, int skip) {
        int at = from;
        while (table[at] != FREE) {
            at = (at + skip) % TABLE_SIZE;
        }
        table[at] = (char) slot;
        return (at + skip) % TABLE_SIZE;
    }
}
