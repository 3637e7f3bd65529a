package hadirector.proxy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.engine.Counter;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client of a UDP service and the socket to its realserver, on the event loop of the VIP's socket. It ends after the
/// service's time without a datagram, or when the realserver refuses one; the client's next is scheduled anew.
final class UdpRelay implements Relay {
    /// Datagrams kept while the socket is made; more are lost, as UDP may.
    private static final int WAITING_MAX = 64;

    private final ProxyService service;
    private final Channel vip;
    private final InetSocketAddress client;
    private final Backend backend;
    private final Runnable forget;
    private final Queue<ByteBuf> waiting = new ArrayDeque<>();
    private volatile long lastNanos = System.nanoTime();
    private @Nullable Channel real;
    private @Nullable Future<?> timer;
    private boolean connected;
    private boolean ended;

    UdpRelay(ProxyService service, Channel vip, InetSocketAddress client, Backend backend, Runnable forget) {
        this.service = service;
        this.vip = vip;
        this.client = client;
        this.backend = backend;
        this.forget = forget;
    }

    void begin() {
        var connecting = new Bootstrap()
                .group(vip.eventLoop())
                .channel(service.context.transport.datagrams())
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(UdpClients.DATAGRAM_MAX))
                .handler(new Replies())
                .connect(backend.endpoint.toSocketAddress());
        real = connecting.channel();
        var _ = connecting.addListener((ChannelFuture future) -> connected(future));
        watch();
    }

    private void connected(ChannelFuture future) {
        if (!future.isSuccess() || ended) {
            end();
            return;
        }
        connected = true;
        for (var datagram = waiting.poll(); datagram != null; datagram = waiting.poll()) {
            var _ = future.channel().write(datagram);
        }
        future.channel().flush();
    }

    /// Takes the datagram over.
    void toServer(ByteBuf datagram) {
        lastNanos = System.nanoTime();
        backend.packetsIn.increment();
        backend.bytesIn.add(datagram.readableBytes());
        service.forwarded();
        if (connected && real != null && real.isWritable()) {
            var _ = real.writeAndFlush(datagram);
        } else if (!connected && !ended && waiting.size() < WAITING_MAX) {
            waiting.add(datagram);
        } else {
            datagram.release();
            service.context.count(Counter.DROP_SEND);
        }
    }

    private final class Replies extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket reply) {
            lastNanos = System.nanoTime();
            backend.packetsOut.increment();
            backend.bytesOut.add(reply.content().readableBytes());
            if (vip.isWritable()) {
                var _ = vip.write(new DatagramPacket(reply.content().retain(), client));
            } else {
                service.context.count(Counter.DROP_SEND);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            vip.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(); // ICMP says that nobody listens there.
        }
    }

    private void watch() {
        long timeout = service.timeouts().nanos(ConnectionState.UDP.number());
        long left = timeout - (System.nanoTime() - lastNanos);
        if (left > 0) {
            timer = vip.eventLoop().schedule(this::watch, left, TimeUnit.NANOSECONDS);
        } else {
            service.context.count(Counter.EXPIRED);
            end();
        }
    }

    void end() {
        if (ended) {
            return;
        }
        ended = true;
        forget.run();
        if (timer != null) {
            timer.cancel(false);
        }
        service.backends.count(backend, 0, -1); // First: when there are no connections, no realserver has one.
        service.leave(this);
        waiting.forEach(ByteBuf::release);
        waiting.clear();
        if (real != null) {
            var _ = real.close();
        }
    }

    @Override
    public void abort() {
        vip.eventLoop().execute(this::end);
    }

    @Override
    public void serverDown(Endpoint server) {
        if (backend.endpoint.equals(server)) {
            abort();
        }
    }

    @Override
    public ConnectionEntry entry() {
        long timeout = service.timeouts().nanos(ConnectionState.UDP.number());
        long left = timeout - (System.nanoTime() - lastNanos);
        return new ConnectionEntry(
                Protocol.UDP,
                Endpoints.of(client),
                service.config().vip(),
                backend.endpoint,
                ForwardingMethod.NAT,
                ConnectionState.UDP,
                (int) Math.max(0, TimeUnit.NANOSECONDS.toSeconds(left)));
    }
}
