package hadirector.proxy;

import hadirector.engine.Counter;
import hadirector.engine.EngineEvent;
import io.netty.channel.EventLoopGroup;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// What all services of one proxy engine share. Any thread.
final class ProxyContext {
    final EventLoopGroup loops;
    final Transport transport;
    final int connectionsMax;
    private final Consumer<EngineEvent> events;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<Counter, LongAdder> counters = new EnumMap<>(Counter.class);

    ProxyContext(EventLoopGroup loops, Transport transport, int connectionsMax, Consumer<EngineEvent> events) {
        this.loops = loops;
        this.transport = transport;
        this.connectionsMax = connectionsMax;
        this.events = events;
        for (var counter : Counter.values()) {
            counters.put(counter, new LongAdder());
        }
    }

    void tell(EngineEvent event) {
        events.accept(event);
    }

    void count(Counter counter) {
        var adder = counters.get(counter);
        if (adder != null) {
            adder.increment();
        }
    }

    /// Takes room for one more connection; counts it as dropped if there is none.
    boolean admit() {
        if (connections.incrementAndGet() <= connectionsMax) {
            return true;
        }
        connections.decrementAndGet();
        count(Counter.DROP_TABLE_FULL);
        return false;
    }

    void leave() {
        connections.decrementAndGet();
    }

    int connections() {
        return connections.get();
    }

    Map<Counter, Long> counters() {
        var sums = new EnumMap<Counter, Long>(Counter.class);
        counters.forEach((counter, adder) -> sums.put(counter, adder.sum()));
        return sums;
    }
}
