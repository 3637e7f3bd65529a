package hadirector.metrics;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client: one request at a time, answered from a virtual thread, since a scrape may wait for others. Fields belong to
/// the channel's event loop.
final class MetricsHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(MetricsHandler.class);
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int PIPELINED_MAX = 16;
    private static final String TEXT_TYPE = "text/plain; charset=utf-8";

    private final MetricsServer.Content content;
    private final Duration patience;
    private final Queue<Question> waiting = new ArrayDeque<>();
    private @Nullable ScheduledFuture<?> deadline;

    MetricsHandler(MetricsServer.Content content, Duration patience) {
        this.content = content;
        this.patience = patience;
    }

    private record Answer(HttpResponseStatus status, String type, String text) {
        static Answer plain(HttpResponseStatus status, String text) {
            return new Answer(status, TEXT_TYPE, text + "\n");
        }
    }

    /// What of a request is of interest; the buffer of its body is not kept.
    private record Question(boolean good, boolean keepAlive, HttpMethod method, String path) {
        static Question of(FullHttpRequest request) {
            boolean good = request.decoderResult().isSuccess();
            return new Question(
                    good,
                    good && HttpUtil.isKeepAlive(request),
                    request.method(),
                    good ? new QueryStringDecoder(request.uri()).rawPath() : "");
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext client) {
        expect(client);
    }

    /// Closes the channel unless the next step (a whole request, the answer taken) comes in time.
    private void expect(ChannelHandlerContext client) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        deadline = client.executor().schedule(() -> close(client), patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext client, FullHttpRequest request) {
        waiting.add(Question.of(request));
        if (waiting.size() > PIPELINED_MAX) {
            close(client);
        } else if (waiting.size() == 1) {
            answerNext(client);
        }
    }

    /// Answers the first in the queue, which stays there until it has been answered.
    private void answerNext(ChannelHandlerContext client) {
        var question = waiting.peek();
        expect(client);
        if (question != null) {
            Thread.ofVirtual().name("metrics-request").start(() -> send(client, answer(question), question.keepAlive()));
        }
    }

    private Answer answer(Question question) {
        return question.good()
                ? answer(question.method(), question.path())
                : Answer.plain(HttpResponseStatus.BAD_REQUEST, "bad request");
    }

    private Answer answer(HttpMethod method, String path) {
        if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            return Answer.plain(HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        try {
            return switch (path) {
                case "/metrics" -> new Answer(HttpResponseStatus.OK, METRICS_TYPE, content.scrape().get());
                case "/healthz" ->
                        content.unhealthy()
                                .get()
                                .map(why -> Answer.plain(HttpResponseStatus.SERVICE_UNAVAILABLE, why))
                                .orElse(Answer.plain(HttpResponseStatus.OK, "ok"));
                default -> Answer.plain(HttpResponseStatus.NOT_FOUND, "there are /metrics and /healthz");
            };
        } catch (RuntimeException e) {
            log.error("event=metrics-failed path={}", path, e);
            return Answer.plain(HttpResponseStatus.INTERNAL_SERVER_ERROR, "a fault inside the director: " + e);
        }
    }

    private void send(ChannelHandlerContext client, Answer answer, boolean keepAlive) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        answer.status(),
                        Unpooled.wrappedBuffer(answer.text().getBytes(StandardCharsets.UTF_8)));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.type());
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        HttpUtil.setContentLength(response, response.content().readableBytes());
        HttpUtil.setKeepAlive(response, keepAlive);
        var sent = client.writeAndFlush(response);
        if (keepAlive) {
            sent.addListener(_ -> {
                waiting.poll();
                answerNext(client);
            });
        } else {
            sent.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext client) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /// A client that resets its connection is no event of ours.
    @Override
    public void exceptionCaught(ChannelHandlerContext client, Throwable cause) {
        log.debug("event=metrics-client-failed", cause);
        close(client);
    }

    private static void close(ChannelHandlerContext client) {
        var _ = client.close();
    }
}
