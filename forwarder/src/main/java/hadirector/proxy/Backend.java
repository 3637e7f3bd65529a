package hadirector.proxy;

import hadirector.model.Endpoint;
import java.util.concurrent.atomic.LongAdder;

/// One realserver of one proxied service: its numbers. What is not a counter belongs to its [Backends].
final class Backend {
    static final int NO_SLOT = -1;

    final Endpoint endpoint;
    final LongAdder scheduled = new LongAdder();
    final LongAdder packetsIn = new LongAdder();
    final LongAdder packetsOut = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    /// Its slot in the pool, or NO_SLOT while it drains.
    int slot = NO_SLOT;

    /// By the latest word of the director; 0 while down.
    int weight;

    int active;
    int inactive;

    Backend(Endpoint endpoint) {
        this.endpoint = endpoint;
    }
}
