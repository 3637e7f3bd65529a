package hadirector.metrics;

import hadirector.model.Endpoint;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// `/metrics` and `/healthz` over HTTP. Requests and clients are bounded, and a client that does not send a whole request,
/// or does not take its answer, is cut off.
public final class MetricsServer implements AutoCloseable {
    private static final int LINE_BYTES = 2048;
    private static final int HEADER_BYTES = 8192;
    private static final int BODY_BYTES = 1024;

    /// @param clients most at once; one more is closed
    /// @param patience for a whole request to come, and for an answer to be taken
    record Limits(int clients, Duration patience) {
        static final Limits DEFAULT = new Limits(64, Duration.ofSeconds(30));
    }

    /// What is served; each is asked on a thread of its own.
    ///
    /// @param scrape text of `/metrics`
    /// @param unhealthy why not, empty if healthy
    record Content(Supplier<String> scrape, Supplier<Optional<String>> unhealthy) {}

    private final EventLoopGroup group;
    private final Channel channel;

    private MetricsServer(EventLoopGroup group, Channel channel) {
        this.group = group;
        this.channel = channel;
    }

    /// @param unhealthy why the director is not healthy, empty if it is
    /// @throws IOException with a sentence that names `address`, if it cannot be listened on
    public static MetricsServer start(
            Endpoint address, Supplier<String> scrape, Supplier<Optional<String>> unhealthy) throws IOException {
        return start(address, new Content(scrape, unhealthy), Limits.DEFAULT);
    }

    static MetricsServer start(Endpoint address, Content content, Limits limits) throws IOException {
        var group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("metrics", true), NioIoHandler.newFactory());
        var bound =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childHandler(new Clients(content, limits))
                        .bind(address.toSocketAddress())
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new IOException("cannot serve metrics on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        return new MetricsServer(group, bound.channel());
    }

    /// The port that is listened on; of use where the config says 0.
    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class Clients extends ChannelInitializer<SocketChannel> {
        private final Content content;
        private final Limits limits;
        private final AtomicInteger count = new AtomicInteger();

        Clients(Content content, Limits limits) {
            this.content = content;
            this.limits = limits;
        }

        @Override
        protected void initChannel(SocketChannel client) {
            if (count.incrementAndGet() > limits.clients()) {
                count.decrementAndGet();
                var _ = client.close();
                return;
            }
            client.closeFuture().addListener(_ -> count.decrementAndGet());
            client.pipeline()
                    .addLast(new HttpServerCodec(LINE_BYTES, HEADER_BYTES, BODY_BYTES))
                    .addLast(new HttpObjectAggregator(BODY_BYTES, true))
                    .addLast(new MetricsHandler(content, limits.patience()));
        }
    }
}
