package hadirector.health.probe;

import hadirector.model.Check;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Optional;
import java.util.stream.Collectors;

/// Judges an HTTP answer: its status, then the body as it comes, as far as it is wanted.
final class HttpAnswer extends SimpleChannelInboundHandler<HttpObject> {
    static final String AWAITED = "the HTTP answer";
    private static final int GOOD_MIN = 200;
    private static final int GOOD_MAX = 399;

    private final Check.Http check;
    private final Connection connection;
    private final Optional<BodyMatch> body;
    private boolean interim;

    HttpAnswer(Check.Http check, Connection connection) {
        this.check = check;
        this.connection = connection;
        body = check.body().map(BodyMatch::new);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            connection.waitFor(AWAITED);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
        if (part.decoderResult().isFailure()) {
            connection.refused("malformed HTTP: " + part.decoderResult().cause().getMessage());
            return;
        }
        if (part instanceof HttpResponse response) {
            head(response.status());
        }
        if (part instanceof HttpContent content && !interim) {
            body.ifPresent(match -> body(match, content));
        }
    }

    private void head(HttpResponseStatus status) {
        int code = status.code();
        interim = code < GOOD_MIN && code != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
        if (interim) {
            return; // RFC 9110 15.2: the answer proper follows.
        }
        if (!accepted(code)) {
            connection.refused("HTTP " + status + ", wanted " + wanted());
        } else if (body.isEmpty()) {
            connection.passed();
        } else {
            connection.waitFor("the HTTP body");
        }
    }

    private boolean accepted(int code) {
        return check.statuses().isEmpty() ? code >= GOOD_MIN && code <= GOOD_MAX : check.statuses().contains(code);
    }

    private String wanted() {
        return check.statuses().isEmpty()
                ? GOOD_MIN + "-" + GOOD_MAX
                : check.statuses().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void body(BodyMatch match, HttpContent part) {
        if (match.foundIn(part.content())) {
            connection.passed();
        } else if (match.exhausted()) {
            connection.refused("no \"" + match.wanted() + "\" in the first " + BodyMatch.LIMIT + " bytes of the body");
        } else if (part instanceof LastHttpContent) {
            connection.refused("no \"" + match.wanted() + "\" in the body");
        }
    }
}
