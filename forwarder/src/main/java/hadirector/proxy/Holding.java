package hadirector.proxy;

import hadirector.engine.EngineEvent;
import java.util.concurrent.atomic.AtomicBoolean;

/// One group while this director holds it: reports the first bytes of a client that go through. Any thread.
final class Holding {
    final String group;
    final int epoch;
    private final ProxyContext context;
    private final AtomicBoolean forwarded = new AtomicBoolean();

    Holding(String group, int epoch, ProxyContext context) {
        this.group = group;
        this.epoch = epoch;
        this.context = context;
    }

    void forwarded() {
        if (!forwarded.get() && forwarded.compareAndSet(false, true)) {
            context.tell(new EngineEvent.FirstForwarded(group, epoch, System.nanoTime()));
        }
    }
}
