package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.NetLab;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A director's packet engine among hosts and real programs.
abstract class EngineLab implements AutoCloseable {
    final NetLab lab = new NetLab();
    final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();

    abstract PacketEngine engine();

    EngineStats stats() {
        return engine().stats();
    }

    long count(Counter counter) {
        return stats().counters().getOrDefault(counter, 0L);
    }

    @Override
    public void close() {
        engine().close();
        lab.close();
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }
}
