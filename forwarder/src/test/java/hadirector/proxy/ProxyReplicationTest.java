package hadirector.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.engine.EngineEvent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProxyReplicationTest {
    private static final int GROUP = GroupId.of("web");

    private final List<EngineEvent> events = new CopyOnWriteArrayList<>();
    private final ProxyEngine engine = new ProxyEngine(10, events::add);

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void aSnapshotIsWholeAtOnceAndAHandoverFollows() {
        engine.configure(List.of(ProxyLab.group("web")), List.of());
        engine.open("web", 7);
        engine.table().snapshot(GROUP, 2);
        engine.table().handover(GROUP, 2, 8);
        var changes = engine.table().changes();
        ProxyLab.await(() -> changes.size() == 3);
        var seen = new ArrayList<String>();
        changes.drain(
                (kind, group, peer, epoch, entry, at) ->
                        seen.add(kind + " " + (group == GROUP) + " " + peer + " " + epoch + " "
                                + (kind == Change.SNAPSHOT_END ? EntryCodec.endEntries(entry, at) : 0)),
                10);
        assertThat(seen).containsExactly("3 true 2 7 0", "5 true 2 7 0", "6 true 2 8 0");
    }

    @Test
    void whatComesFromOthersEndsVerified() throws InterruptedException {
        engine.configure(List.of(ProxyLab.group("web")), List.of());
        var payload = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        engine.table().receive(Change.SNAPSHOT_BEGIN, GROUP, 3, payload, 0, 1);
        engine.table().receive(Change.SNAPSHOT_ENTRY, GROUP, 3, payload, 0, 1);
        EntryCodec.encodeEnd(1, 99, payload, 0);
        engine.table().receive(Change.SNAPSHOT_END, GROUP, 3, payload, 0, 1);
        engine.table().receive(Change.SNAPSHOT_END, GROUP, 3, payload, 0, 1);
        engine.table().receive(Change.HANDOVER, GROUP, 4, payload, 0, 1);
        engine.table().receive(Change.HANDOVER, GroupId.of("unknown"), 4, payload, 0, 1);
        assertThat(events)
                .containsExactly(
                        new EngineEvent.SnapshotApplied("web", 3, true, 1),
                        new EngineEvent.SnapshotApplied("web", 3, false, 1),
                        new EngineEvent.HandoverArrived("web", 4));
    }
}
