package hadirector.conn;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// The VIP groups that a table's connections belong to, and which of them this director holds. Owner thread only.
public final class Groups {
    /// As many as have a lease in the fast path.
    private static final int GROUPS_MAX = 1_024;

    private int[] ids = new int[0];
    private boolean[] held = new boolean[0];
    private int[] epochs = new int[0];
    private long[] openedAt = new long[0];
    private boolean[] gone = new boolean[0];

    /// The index of a group in entries; an unknown one gets the next.
    ///
    /// @param id see [GroupId]
    public int index(int id) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        if (ids.length == GROUPS_MAX) {
            throw new IllegalStateException("more than " + GROUPS_MAX + " groups");
        }
        int added = ids.length;
        ids = Arrays.copyOf(ids, added + 1);
        held = Arrays.copyOf(held, added + 1);
        epochs = Arrays.copyOf(epochs, added + 1);
        openedAt = Arrays.copyOf(openedAt, added + 1);
        gone = Arrays.copyOf(gone, added + 1);
        ids[added] = id;
        return added;
    }

    public int size() {
        return ids.length;
    }

    public int id(int group) {
        return ids[group];
    }

    /// Groups of which `isConfigured` says no are gone: nobody will tell how their connections end, so they expire here.
    ///
    /// @param isConfigured asked with ids, see [GroupId]
    public void retain(IntPredicate isConfigured) {
        for (int group = 0; group < ids.length; group++) {
            gone[group] = !isConfigured.test(ids[group]);
        }
    }

    /// Whether connections of the group end here by their timeouts.
    boolean expiring(int group) {
        return held[group] || gone[group];
    }

    /// Whether this director holds the group: only then its connections are replicated from here.
    public boolean held(int group) {
        return held[group];
    }

    /// Of the latest holding, here or, as far as known, elsewhere.
    public int epoch(int group) {
        return epochs[group];
    }

    /// When the group was last opened; every timeout of its connections starts again then.
    long openedAt(int group) {
        return openedAt[group];
    }

    public void open(int group, int epoch, long now) {
        held[group] = true;
        epochs[group] = epoch;
        openedAt[group] = now;
    }

    /// Somebody else's message was of this epoch.
    void learn(int group, int epoch) {
        if (!held[group] && epoch - epochs[group] > 0) {
            epochs[group] = epoch;
        }
    }

    public void close(int group) {
        held[group] = false;
    }
}
