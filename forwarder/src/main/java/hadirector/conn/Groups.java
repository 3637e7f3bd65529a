package hadirector.conn;

import java.util.function.IntPredicate;

/// The VIP groups that a table's connections belong to, and which of them this director holds. Owner thread only.
public final class Groups {
    /// As many as have a lease in the fast path.
    static final int GROUPS_MAX = 1_024;

    private final int[] ids = new int[GROUPS_MAX];
    private final boolean[] held = new boolean[GROUPS_MAX];
    private final boolean[] left = new boolean[GROUPS_MAX];
    private final int[] epochs = new int[GROUPS_MAX];
    private final long[] openedAt = new long[GROUPS_MAX];
    private final boolean[] gone = new boolean[GROUPS_MAX];
    private final boolean[] inherited = new boolean[GROUPS_MAX];

    /// Slots of the table that name the group, those included that rest or wait to be reported.
    private final int[] slots = new int[GROUPS_MAX];

    private int size;
    private int lastReused = -1;

    /// The index of a group in entries. An unknown one gets the next, or when there is none left that of a group that is gone, with
    /// all its connections: the one after the last that was reused, so that each rests for long.
    ///
    /// @param id see [GroupId]
    /// @return [ConnectionTable#NONE] if all are in use
    public int index(int id) {
        for (int i = 0; i < size; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        if (size < GROUPS_MAX) {
            ids[size] = id;
            return size++;
        }
        return reuse(id);
    }

    private int reuse(int id) {
        for (int i = 1; i <= GROUPS_MAX; i++) {
            int group = (lastReused + i) % GROUPS_MAX;
            if (gone[group] && !held[group] && slots[group] == 0) {
                lastReused = group;
                ids[group] = id;
                gone[group] = false;
                inherited[group] = false;
                epochs[group] = 0;
                openedAt[group] = 0;
                return group;
            }
        }
        return ConnectionTable.NONE;
    }

    /// As [#index], for a group of the configuration.
    ///
    /// @throws IllegalStateException if all are in use
    public int required(int id) {
        int group = index(id);
        if (group == ConnectionTable.NONE) {
            throw new IllegalStateException("more than " + GROUPS_MAX + " groups");
        }
        return group;
    }

    /// A slot of the table names the group from now on (1), or no more (-1).
    void use(int group, int change) {
        slots[group] += change;
    }

    public int size() {
        return size;
    }

    public int id(int group) {
        return ids[group];
    }

    /// Groups of which `isConfigured` says no are gone: nobody will tell how their connections end, so they expire here; then
    /// another group may get the index.
    ///
    /// @param isConfigured asked with ids, see [GroupId]
    public void retain(IntPredicate isConfigured) {
        for (int group = 0; group < size; group++) {
            gone[group] = !isConfigured.test(ids[group]);
        }
    }

    /// Whether connections of the group end here by their timeouts.
    boolean expiring(int group) {
        return held[group] || gone[group] || inherited[group];
    }

    /// Whether the latest word on the group's connections came from outside the cluster, where nobody tells of their end.
    void inherited(int group, boolean fromOutside) {
        inherited[group] = fromOutside;
    }

    /// Whether this director holds the group: only then its connections are replicated from here.
    public boolean held(int group) {
        return held[group];
    }

    /// Whether packets of its connections are forwarded here: it is held, or was until just now.
    public boolean served(int group) {
        return held[group] || left[group];
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
        left[group] = false;
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
        left[group] = false;
    }

    /// Another director holds it: its word on the connections counts, but those that are here are still served.
    public void leave(int group) {
        held[group] = false;
        left[group] = true;
    }
}
