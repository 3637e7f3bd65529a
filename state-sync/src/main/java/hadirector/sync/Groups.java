package hadirector.sync;

import hadirector.conn.Change;
import hadirector.conn.GroupId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What this director knows of each group as a receiver: the highest epoch, whom it follows, how far its snapshot is.
/// Decides which messages are taken in and which snapshots to ask for. Any thread; time comes in.
final class Groups {
    /// After an epoch has ended its holder's late entries are still worth having where there are none.
    static final long SETTLE_NANOS = 2_000_000_000L;

    /// Without an answer a request is repeated, and not sooner after a gap, so that a stream that breaks again and
    /// again does not ask for snapshots all the time.
    static final long ASK_NANOS = 2_000_000_000L;

    /// A snapshot without progress for so long is asked for again.
    static final long STALL_NANOS = 5_000_000_000L;

    enum Admission {
        TAKE,
        /// An entry of the holder before: only where there is none.
        IF_ABSENT,
        OLD_EPOCH,
        UNKNOWN_GROUP
    }

    /// Ask `holder` for a snapshot of `group` as it has been since `epoch`.
    record Request(String holder, String group, int epoch) {}

    private static final class Group {
        final String name;
        int epoch;
        int epochBefore;
        long epochNanos;
        @Nullable String source;
        SnapshotState snapshot = SnapshotState.NONE;
        int positionEpoch;
        long position;
        boolean asked;
        long askNanos;
        long progressNanos;

        Group(String name) {
            this.name = name;
        }

        void raise(int to, @Nullable String holder, long now) {
            epochBefore = epoch;
            epoch = to;
            epochNanos = now;
            source = holder;
            if (snapshot != SnapshotState.NONE && snapshot != SnapshotState.COMPLETE) {
                lose(now);
            }
        }

        void lose(long now) {
            snapshot = SnapshotState.BROKEN;
            if (!asked) {
                askNanos = now;
            }
        }
    }

    private final Map<Integer, Group> groups = new LinkedHashMap<>();

    Groups(Collection<String> names) {
        configure(names);
    }

    synchronized void configure(Collection<String> names) {
        groups.values().removeIf(g -> !names.contains(g.name));
        names.forEach(name -> groups.computeIfAbsent(GroupId.of(name), _ -> new Group(name)));
    }

    /// The epoch that the director knows of; who holds the group in it will show.
    synchronized void epoch(String name, int epoch, long now) {
        var group = groups.get(GroupId.of(name));
        if (group != null && epoch > group.epoch) {
            group.raise(epoch, null, now);
        }
    }

    /// Whether changes of `epoch` from `sender` are taken in; a higher epoch than before makes the sender the one that
    /// is followed.
    synchronized Admission admit(int id, int epoch, String sender, long now) {
        var group = groups.get(id);
        if (group == null) {
            return Admission.UNKNOWN_GROUP;
        }
        if (epoch > group.epoch) {
            group.raise(epoch, sender, now);
        }
        if (epoch == group.epoch) {
            if (group.source == null) {
                group.source = sender;
            }
            return Admission.TAKE;
        }
        boolean late = epoch == group.epochBefore && now - group.epochNanos <= SETTLE_NANOS;
        return late ? Admission.IF_ABSENT : Admission.OLD_EPOCH;
    }

    /// Whether a holding has ended: there has been a later one. Early builds ask without an epoch, with 0.
    synchronized boolean isOver(int id, int epoch) {
        return epoch != 0 && epoch < epoch(id);
    }

    /// The highest epoch that is known, 0 if there is none.
    synchronized int epoch(int id) {
        var group = groups.get(id);
        return group == null ? 0 : group.epoch;
    }

    /// What a change that was admitted is to the table: a snapshot counts only of whom is followed, and from its beginning on. The entries of another,
    /// or of one whose beginning was lost, are worth having as they are.
    ///
    /// @return the change to make, or 0 for none
    synchronized int sift(int id, int change, String sender) {
        var group = groups.get(id);
        if (group == null) {
            return 0;
        }
        boolean followed = sender.equals(group.source);
        boolean receiving = followed && group.snapshot == SnapshotState.RECEIVING;
        return switch (change) {
            case Change.SNAPSHOT_BEGIN -> followed ? change : 0;
            case Change.SNAPSHOT_ENTRY -> receiving ? change : Change.UPSERT;
            case Change.SNAPSHOT_END -> receiving ? change : 0;
            case Change.DIGEST -> followed && group.snapshot == SnapshotState.COMPLETE ? change : 0;
            default -> change;
        };
    }

    /// Changes of kind `change`, as sifted, are with the table. Meanwhile another holding may have begun, and its snapshot been asked for.
    synchronized void taken(int id, int change, int epoch, String sender, long now) {
        var group = groups.get(id);
        if (group == null) {
            return;
        }
        group.progressNanos = now;
        boolean followed = sender.equals(group.source) && epoch == group.epoch;
        if (change == Change.SNAPSHOT_BEGIN && followed) {
            group.snapshot = SnapshotState.RECEIVING;
        } else if (change == Change.SNAPSHOT_END && followed && group.snapshot == SnapshotState.RECEIVING) {
            group.snapshot = SnapshotState.COMPLETE;
            group.asked = false;
        }
    }

    /// A whole message of `sender` is with the table. Its position is that of the copy as long as nothing is missing before it.
    synchronized void taken(int id, String sender, long position) {
        var group = groups.get(id);
        if (group != null && sender.equals(group.source) && group.snapshot == SnapshotState.COMPLETE) {
            group.positionEpoch = group.epoch;
            group.position = position;
        }
    }

    synchronized List<Integer> ids() {
        return List.copyOf(groups.keySet());
    }

    /// Who is followed.
    synchronized Optional<String> source(String name) {
        var group = groups.get(GroupId.of(name));
        return group == null ? Optional.empty() : Optional.ofNullable(group.source);
    }

    /// Messages of `sender` were lost, or it begins anew.
    synchronized void lost(String sender, long now) {
        for (var group : groups.values()) {
            boolean relied = group.snapshot == SnapshotState.RECEIVING || group.snapshot == SnapshotState.COMPLETE;
            if (relied && sender.equals(group.source)) {
                group.lose(now);
            }
        }
    }

    synchronized void request(String holder, String name, long now) {
        var group = groups.get(GroupId.of(name));
        if (group != null) {
            group.source = holder;
            group.snapshot = SnapshotState.REQUESTED;
            group.asked = false;
            group.askNanos = now;
        }
    }

    /// The requests that are to be sent now, at most one for each group.
    synchronized List<Request> due(Predicate<String> connected, long now) {
        var due = new ArrayList<Request>();
        groups.values().forEach(group -> {
            if (group.snapshot == SnapshotState.RECEIVING && now - group.progressNanos > STALL_NANOS) {
                group.lose(now);
            }
            boolean wanted = group.snapshot == SnapshotState.REQUESTED || group.snapshot == SnapshotState.BROKEN;
            if (wanted && now - group.askNanos >= 0 && group.source != null && connected.test(group.source)) {
                group.snapshot = SnapshotState.REQUESTED;
                group.asked = true;
                group.askNanos = now + ASK_NANOS;
                due.add(new Request(group.source, group.name, group.epoch));
            }
        });
        return due;
    }

    synchronized SnapshotState snapshot(String name) {
        var group = groups.get(GroupId.of(name));
        return group == null ? SnapshotState.NONE : group.snapshot;
    }

    synchronized List<SyncStats.Group> stats() {
        return groups.values().stream()
                .map(g -> new SyncStats.Group(g.name, g.epoch, g.snapshot, Optional.ofNullable(g.source), g.positionEpoch, g.position))
                .toList();
    }
}
