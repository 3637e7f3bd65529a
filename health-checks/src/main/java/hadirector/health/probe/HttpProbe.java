package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.CompletableFuture;

/// `http`, `https`: GET over HTTP/1.1, one request per connection; redirects are answers, not followed.
record HttpProbe(EventLoopGroup loops, TlsClient tls, Endpoint server, Check.Http check) implements Probe {
    private static final int LINE_MAX = 8192;
    private static final int HEADERS_MAX = 65536;
    private static final int CHUNK_MAX = 8192;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    @Override
    public CompletableFuture<ProbeResult> run() {
        return Connection.open(loops.next(), server, check.schedule().timeout(), this::talk);
    }

    private void talk(Connection connection) {
        var request = request();
        if (check.tls()) {
            connection.waitFor("the TLS handshake");
            connection.add(tls.handler(connection.context().alloc(), server, check.host()));
        } else {
            connection.waitFor(HttpAnswer.AWAITED);
        }
        connection.add(new HttpClientCodec(LINE_MAX, HEADERS_MAX, CHUNK_MAX));
        connection.add(new HttpAnswer(check, connection));
        connection.send(request);
    }

    private FullHttpRequest request() {
        var request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, check.path(), Unpooled.EMPTY_BUFFER);
        request.headers()
                .set(HttpHeaderNames.HOST, check.host().orElseGet(this::serverAsHost))
                .set(HttpHeaderNames.USER_AGENT, "ha-director")
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return request;
    }

    /// RFC 9110 7.2: the port only where it is not the scheme's own.
    private String serverAsHost() {
        String withPort = server.toString();
        boolean usual = server.port() == (check.tls() ? HTTPS_PORT : HTTP_PORT);
        return usual ? withPort.substring(0, withPort.lastIndexOf(':')) : withPort;
    }
}
