package hadirector.proxy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.engine.Counter;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One TCP connection of a client and the one to its realserver, both on one event loop, to which all but the methods of
/// [Relay] belong. An end of stream is passed on alone (half-close), a reset as a reset; whoever is slow stops the other by
/// not being read.
final class TcpRelay implements Relay {
    private static final int CONNECT_TIMEOUT_MILLIS = 3_000;
    private static final int BACKLOG = 4_096;

    private final ProxyService service;
    private final SocketChannel client;
    private final Endpoint clientEndpoint;
    private final Set<Backend> tried = new HashSet<>();
    private volatile ConnectionState state = ConnectionState.SYN_RECV;
    private volatile long lastNanos = System.nanoTime();
    private volatile @Nullable Backend backend;
    private @Nullable SocketChannel real;
    private @Nullable Future<?> timer;
    private boolean clientDone;
    private boolean realDone;

    private TcpRelay(ProxyService service, SocketChannel client, InetSocketAddress address) {
        this.service = service;
        this.client = client;
        clientEndpoint = Endpoints.of(address);
    }

    static ChannelFuture bind(ProxyService service) {
        return new ServerBootstrap()
                .group(service.context.loops)
                .channel(service.context.transport.listener())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        var address = client.remoteAddress();
                        if (address == null) { // It is gone again.
                            var _ = client.close();
                        } else {
                            new TcpRelay(service, client, address).begin();
                        }
                    }
                })
                .bind(service.config().vip().toSocketAddress());
    }

    private void begin() {
        if (!service.lets(clientEndpoint) || !service.enter(this)) {
            reset(client);
            return;
        }
        client.pipeline().addLast(new TcpSide(this, true));
        watch();
        connect();
    }

    private void connect() {
        var chosen = service.backends.choose(Endpoints.hash(clientEndpoint), tried);
        if (chosen.isEmpty()) {
            service.context.count(Counter.DROP_NO_REALSERVER);
            service.context.count(Counter.RESETS_SENT);
            end(true);
            return;
        }
        var next = chosen.get();
        tried.add(next);
        backend = next;
        var connecting = new Bootstrap()
                .group(client.eventLoop())
                .channel(service.context.transport.socket())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .handler(new TcpSide(this, false))
                .connect(next.endpoint.toSocketAddress());
        real = (SocketChannel) connecting.channel();
        var _ = connecting.addListener((ChannelFuture future) -> connected(future, next));
    }

    private void connected(ChannelFuture future, Backend to) {
        if (state == ConnectionState.CLOSE) {
            var _ = future.channel().close();
        } else if (future.isSuccess()) {
            state = ConnectionState.ESTABLISHED;
            service.backends.count(to, 1, -1);
            client.config().setAutoRead(true);
            future.channel().config().setAutoRead(true);
        } else {
            service.backends.count(to, 0, -1);
            backend = null;
            connect();
        }
    }

    /// The other side of a channel of this relay; only after [#connected].
    SocketChannel other(boolean ofClient) {
        var server = real;
        if (server == null) {
            throw new IllegalStateException("read before the realserver was connected");
        }
        return ofClient ? server : client;
    }

    boolean established() {
        return state != ConnectionState.SYN_RECV && state != ConnectionState.CLOSE;
    }

    void passed(boolean fromClient, int bytes) {
        lastNanos = System.nanoTime();
        var to = backend;
        if (to != null) {
            (fromClient ? to.bytesIn : to.bytesOut).add(bytes);
        }
        if (fromClient) {
            service.forwarded();
        }
    }

    /// One side has sent all it had to; the other is told after the last byte.
    void finished(boolean byClient) {
        if (!established() || (byClient ? clientDone : realDone)) {
            return;
        }
        clientDone |= byClient;
        realDone |= !byClient;
        lastNanos = System.nanoTime();
        var to = backend;
        if (state == ConnectionState.ESTABLISHED && to != null) {
            service.backends.count(to, -1, 1);
            watch();
        }
        state = clientDone && realDone
                ? ConnectionState.TIME_WAIT
                : byClient ? ConnectionState.CLOSE_WAIT : ConnectionState.FIN_WAIT;
        var other = other(byClient);
        var _ = other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> passEnd(other));
    }

    private void passEnd(SocketChannel to) {
        var _ = to.shutdownOutput().addListener(_ -> {
            if (client.isOutputShutdown() && real != null && real.isOutputShutdown()) {
                end(false);
            }
        });
    }

    /// One side is gone without an end of its stream, or cannot be written to.
    void broken(boolean client) {
        if (established()) {
            end(true);
        } else if (client) {
            end(false);
        }
    }

    @Override
    public void abort() {
        client.eventLoop().execute(() -> end(true));
    }

    @Override
    public void serverDown(Endpoint server) {
        client.eventLoop().execute(() -> {
            var to = backend;
            if (state == ConnectionState.SYN_RECV && to != null && to.endpoint.equals(server) && real != null) {
                var _ = real.close(); // Its connect fails, and the next one is tried.
            }
        });
    }

    /// Looks whether the time is up, now and again when it could be.
    private void watch() {
        if (timer != null) {
            timer.cancel(false);
        }
        long left = timeoutNanos() - (System.nanoTime() - lastNanos);
        if (left > 0) {
            timer = client.eventLoop().schedule(this::watch, left, TimeUnit.NANOSECONDS);
        } else {
            service.context.count(Counter.EXPIRED);
            end(true);
        }
    }

    private long timeoutNanos() {
        boolean closing = clientDone || realDone;
        var as = closing ? ConnectionState.FIN_WAIT : ConnectionState.ESTABLISHED;
        return service.timeouts().nanos(as.number());
    }

    private void end(boolean byReset) {
        var before = state;
        if (before == ConnectionState.CLOSE) {
            return;
        }
        state = ConnectionState.CLOSE;
        var to = backend;
        if (to != null) { // First: when there are no connections, no realserver has one.
            boolean active = before == ConnectionState.ESTABLISHED;
            service.backends.count(to, active ? -1 : 0, active ? 0 : -1);
        }
        service.leave(this);
        if (timer != null) {
            timer.cancel(false);
        }
        close(client, byReset);
        if (real != null) {
            close(real, byReset);
        }
    }

    private static void close(SocketChannel channel, boolean byReset) {
        if (byReset) {
            reset(channel);
        } else {
            var _ = channel.close();
        }
    }

    private static void reset(SocketChannel channel) {
        if (channel.isOpen()) {
            channel.config().setSoLinger(0);
        }
        var _ = channel.close();
    }

    @Override
    public ConnectionEntry entry() {
        var to = backend;
        long left = timeoutNanos() - (System.nanoTime() - lastNanos);
        return new ConnectionEntry(
                Protocol.TCP,
                clientEndpoint,
                service.config().vip(),
                to == null ? Endpoints.NONE : to.endpoint,
                ForwardingMethod.NAT,
                state,
                (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(left)));
    }
}
