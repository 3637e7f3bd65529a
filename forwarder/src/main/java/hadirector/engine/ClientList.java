package hadirector.engine;

import hadirector.model.AccessList;
import hadirector.model.Prefix;
import java.util.Arrays;
import java.util.List;

/// An access list as packets ask it: a binary trie of address bits for each family. The kernel asks a copy of its own; this one is
/// for the packets that come to Java in another way. Asking allocates nothing.
final class ClientList {
    private static final int MAPPED_BITS = 96;
    private static final long MAPPED = 0xffff;
    private static final int ROOT_V6 = 0;
    private static final int ROOT_V4 = 1;
    private static final int ROOTS = 2;
    private static final byte NOTHING = 0;
    private static final byte ALLOWED = 1;
    private static final byte DENIED = 2;

    final AccessList config;
    private int[] children = new int[2 * ROOTS];
    private byte[] verdicts = new byte[ROOTS];
    private int nodes = ROOTS;

    ClientList(AccessList config) {
        this.config = config;
        add(config.allow(), ALLOWED);
        add(config.deny(), DENIED);
    }

    boolean lets(long high, long low) {
        byte verdict = config.letsOthersIn() ? ALLOWED : DENIED;
        boolean v4 = high == 0 && low >>> Integer.SIZE == MAPPED;
        int node = v4 ? ROOT_V4 : ROOT_V6;
        int bit = v4 ? MAPPED_BITS : 0;
        do {
            verdict = verdicts[node] == NOTHING ? verdict : verdicts[node];
            node = bit < 2 * Long.SIZE ? children[2 * node + bit(high, low, bit)] : 0;
            bit++;
        } while (node != 0);
        return verdict == ALLOWED;
    }

    private void add(List<Prefix> prefixes, byte verdict) {
        for (var prefix : prefixes) {
            boolean v4 = prefix.address().isV4();
            int first = v4 ? MAPPED_BITS : 0;
            int node = v4 ? ROOT_V4 : ROOT_V6;
            for (int bit = first; bit < first + prefix.length(); bit++) {
                node = child(node, bit(prefix.address().high(), prefix.address().low(), bit));
            }
            verdicts[node] = verdict;
        }
    }

    private int child(int node, int side) {
        int at = 2 * node + side;
        if (children[at] == 0) {
            if (nodes == verdicts.length) {
                children = Arrays.copyOf(children, 2 * children.length);
                verdicts = Arrays.copyOf(verdicts, 2 * verdicts.length);
            }
            children[at] = nodes++;
        }
        return children[at];
    }

    private static int bit(long high, long low, int bit) {
        long word = bit < Long.SIZE ? high : low;
        return (int) (word >>> (Long.SIZE - 1 - bit % Long.SIZE)) & 1;
    }
}
