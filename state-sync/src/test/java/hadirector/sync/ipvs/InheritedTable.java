package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.ConnectionEntry;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.MalformedEntryException;
import hadirector.conn.ReplicatedTable;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Remembers what it is handed of the group `web`, and which snapshots it is asked for.
final class InheritedTable implements ReplicatedTable {
    final List<ConnectionEntry> taken = new CopyOnWriteArrayList<>();
    final List<Integer> snapshots = new CopyOnWriteArrayList<>();

    @Override
    public ChangeRing changes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void replicate(boolean on) {}

    @Override
    public void snapshot(int group, int peer) {
        assertThat(group).isEqualTo(GroupId.of("web"));
        snapshots.add(peer);
    }

    @Override
    public void resend(int group, int peer, int shard) {}

    @Override
    public void handover(int group, int peer, int epoch) {}

    @Override
    public void receive(int kind, int group, int epoch, MemorySegment payload, long at, int count) {
        assertThat(List.of(kind, group, epoch)).containsExactly(Change.INHERIT, GroupId.of("web"), 0);
        for (int i = 0; i < count; i++) {
            try {
                taken.add(EntryCodec.decode(payload, at + (long) i * EntryLayout.LENGTH));
            } catch (MalformedEntryException e) {
                throw new AssertionError(e);
            }
        }
    }
}
