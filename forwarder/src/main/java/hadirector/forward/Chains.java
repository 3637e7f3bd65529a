package hadirector.forward;

import java.util.Arrays;

/// Doubly linked lists ("chains") over the numbers from 0 to `items` - 1, in primitive arrays: queues by age, hash buckets and
/// free lists, without an object per element. An item is in one chain of a `Chains` at most.
final class Chains {
    static final int NONE = -1;

    private final int[] first;
    private final int[] last;
    private final int[] next;
    private final int[] previous;

    Chains(int chains, int items) {
        first = filled(chains);
        last = filled(chains);
        next = filled(items);
        previous = filled(items);
    }

    /// One chain that holds all items, in order.
    static Chains full(int items) {
        var chains = new Chains(1, items);
        for (int item = 0; item < items; item++) {
            chains.append(0, item);
        }
        return chains;
    }

    private static int[] filled(int length) {
        int[] array = new int[length];
        Arrays.fill(array, NONE);
        return array;
    }

    int first(int chain) {
        return first[chain];
    }

    int next(int item) {
        return next[item];
    }

    /// Takes the first item off the chain; `NONE` if it is empty.
    int poll(int chain) {
        int item = first[chain];
        if (item != NONE) {
            remove(chain, item);
        }
        return item;
    }

    void append(int chain, int item) {
        int before = last[chain];
        previous[item] = before;
        next[item] = NONE;
        last[chain] = item;
        if (before == NONE) {
            first[chain] = item;
        } else {
            next[before] = item;
        }
    }

    /// @param item that is in this very chain
    void remove(int chain, int item) {
        int before = previous[item];
        int after = next[item];
        if (before == NONE) {
            first[chain] = after;
        } else {
            next[before] = after;
        }
        if (after == NONE) {
            last[chain] = before;
        } else {
            previous[after] = before;
        }
    }
}
