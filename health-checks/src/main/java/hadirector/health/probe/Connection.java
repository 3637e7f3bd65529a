package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.model.Endpoint;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.CodecException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The TCP connection of one probe run, from its connect to its result: last handler of its pipeline,
/// confined to its channel's loop. Whatever happens ends in exactly one result, and the result closes it.
final class Connection extends ChannelDuplexHandler {
    private final CompletableFuture<ProbeResult> result = new CompletableFuture<>();
    private final long startNanos = System.nanoTime();
    private final Consumer<Connection> talk;
    private String waitingFor = "the connection";
    private boolean underway;
    private @Nullable ChannelHandlerContext context;

    private Connection(Consumer<Connection> talk) {
        this.talk = talk;
    }

    /// Connects, then lets `talk` add its handlers and speak first.
    static CompletableFuture<ProbeResult> open(
            EventLoop loop, Endpoint to, Duration timeout, Consumer<Connection> talk) {
        var connection = new Connection(talk);
        var timer = loop.schedule(
                () -> connection.end(new TimedOut(timeout, connection.waitingFor)),
                timeout.toNanos(),
                TimeUnit.NANOSECONDS);
        var connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .handler(connection)
                .connect(to.toSocketAddress());
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                connection.notConnected(done.cause());
            }
        });
        var _ = connection.result.whenComplete((_, _) -> {
            timer.cancel(false);
            var _ = connecting.channel().close();
        });
        return connection.result;
    }

    /// Puts a handler behind those that were added before.
    void add(ChannelHandler handler) {
        context().pipeline().addBefore(context().name(), null, handler);
    }

    ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        return context;
    }

    void send(Object message) {
        context().writeAndFlush(message).addListener(done -> {
            if (!done.isSuccess()) {
                broken(done.cause());
            }
        });
    }

    /// Names the step that comes next, for the text of a failure.
    void waitFor(String step) {
        waitingFor = step;
    }

    void passed() {
        end(new Passed(Duration.ofNanos(System.nanoTime() - startNanos)));
    }

    void refused(String detail) {
        end(new Refused(detail));
    }

    private void end(ProbeResult found) {
        result.complete(found);
    }

    /// A failure before the SYN left is ours (ENETUNREACH, EADDRNOTAVAIL, EMFILE), one after it the
    /// server's; ECONNREFUSED and EHOSTUNREACH are the server's however soon they come.
    private void notConnected(Throwable cause) {
        boolean answered = cause instanceof ConnectException || cause instanceof NoRouteToHostException;
        end(underway || answered ? new Refused(describe(cause)) : new NotRun(describe(cause)));
    }

    @Override
    public void connect(
            ChannelHandlerContext ctx, SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        var _ = ctx.connect(remote, local, promise);
        underway = !promise.isDone();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (ctx.channel().localAddress().equals(ctx.channel().remoteAddress())) {
            // RFC 9293 3.5: a simultaneous open with oneself, when the source port happens to be the target.
            refused("Connection refused");
            return;
        }
        talk.accept(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        refused("connection closed while waiting for " + waitingFor);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken(cause);
    }

    private void broken(Throwable thrown) {
        var cause = thrown instanceof CodecException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof ClosedChannelException) {
            refused("connection closed while waiting for " + waitingFor);
        } else if (cause instanceof IOException || cause instanceof CodecException) {
            refused(describe(cause) + " while waiting for " + waitingFor);
        } else {
            end(new NotRun(cause.toString()));
        }
    }

    /// Netty appends the address to the system's words; the operator has that already.
    private static String describe(Throwable cause) {
        var root = cause.getCause() instanceof IOException inner ? inner : cause;
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }
}
