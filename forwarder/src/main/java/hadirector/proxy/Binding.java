package hadirector.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A service's socket on its VIP. While it cannot be bound, as long as another process still has the address for example, it
/// is tried again, at last ten times a second.
final class Binding {
    private static final Logger LOG = LoggerFactory.getLogger(Binding.class);
    private static final long PAUSE_MILLIS_MIN = 5;
    private static final long PAUSE_MILLIS_MAX = 100;

    /// Begins to bind; never blocks.
    @FunctionalInterface
    interface Binder {
        ChannelFuture bind(ProxyService service);
    }

    private final ProxyService service;
    private final Binder binder;
    private long pauseMillis = PAUSE_MILLIS_MIN;
    private boolean closed;
    private @Nullable Channel channel;
    private String trouble = "not bound yet";

    Binding(ProxyService service, Binder binder) {
        this.service = service;
        this.binder = binder;
        attempt();
    }

    private synchronized void attempt() {
        if (!closed) {
            var _ = binder.bind(service).addListener((ChannelFuture future) -> finished(future));
        }
    }

    private synchronized void finished(ChannelFuture future) {
        var config = service.config();
        if (closed) {
            var _ = future.channel().close();
        } else if (future.isSuccess()) {
            channel = future.channel();
            LOG.info("service={} vip={} protocol={} bound", config.name(), config.vip(), config.protocol().word());
        } else {
            String cause = reason(future.cause());
            if (pauseMillis == PAUSE_MILLIS_MIN) {
                LOG.warn("service={} vip={} cannot be bound yet: {}", config.name(), config.vip(), cause);
            }
            trouble = cause;
            var _ = service.context.loops.schedule(this::attempt, pauseMillis, TimeUnit.MILLISECONDS);
            pauseMillis = Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX);
        }
    }

    /// Netty's epoll puts the name of the call and its error number before the words.
    private static String reason(Throwable cause) {
        return String.valueOf(cause.getMessage()).replaceFirst("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ", "");
    }

    /// Why the socket is not there; empty once it is.
    synchronized Optional<String> trouble() {
        return channel == null ? Optional.of(trouble) : Optional.empty();
    }

    synchronized void close() {
        closed = true;
        if (channel != null) {
            var _ = channel.close();
        }
    }
}
