package hadirector.conn;

import java.util.BitSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The VIP groups that a table's connections belong to, and which of them this director holds. Owner thread only.
public final class Groups {
    /// As many as have a lease in the fast path.
    static final int GROUPS_MAX = 1_024;

    private final int[] ids = new int[GROUPS_MAX];
    private final boolean[] held = new boolean[GROUPS_MAX];
    private final boolean[] prepared = new boolean[GROUPS_MAX];

    /// Of a group that was handed over, the slots of connections that others have told of since; null of any other.
    private final @Nullable BitSet[] hearsay = new @Nullable BitSet[GROUPS_MAX];

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
                prepared[group] = false;
                hearsay[group] = null;
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

    /// Whether this director holds the group.
    public boolean held(int group) {
        return held[group];
    }

    /// Whether this director's word on the group's connections counts, and others are told it. Not while the last holder still begins some.
    boolean decides(int group) {
        return held[group] && !prepared[group];
    }

    boolean prepared(int group) {
        return prepared[group];
    }

    /// Whether packets of its connections are forwarded here: it is held, or was until just now (but see [#isHearsay]).
    public boolean served(int group) {
        return held[group] || hearsay[group] != null;
    }

    /// Whether the connection is one that this director has heard of after it had handed the group over. That may be old: clients use ports again.
    public boolean isHearsay(int group, int slot) {
        var since = hearsay[group];
        return since != null && since.get(slot);
    }

    /// The connection has a slot from now on, and begins here.
    void enter(int group, int slot) {
        var since = hearsay[group];
        if (since != null) {
            since.clear(slot);
        }
    }

    /// The connection that has just been entered is one that another director has told of.
    void hear(int group, int slot) {
        var since = hearsay[group];
        if (since != null) {
            since.set(slot);
        }
    }

    /// Of the latest holding, here or, as far as known, elsewhere.
    public int epoch(int group) {
        return epochs[group];
    }

    /// When the group was last opened; every timeout of its connections starts again then.
    long openedAt(int group) {
        return openedAt[group];
    }

    /// As [#open], but the last holder still begins connections and knows best of all.
    public void prepare(int group, int epoch, long now) {
        open(group, epoch, now);
        prepared[group] = true;
    }

    public void open(int group, int epoch, long now) {
        held[group] = true;
        prepared[group] = false;
        hearsay[group] = null;
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
        prepared[group] = false;
        hearsay[group] = null;
    }

    /// Another director holds it: its word on the connections counts, but those that are here by now are still served.
    public void leave(int group) {
        held[group] = false;
        prepared[group] = false;
        hearsay[group] = new BitSet();
    }
}
