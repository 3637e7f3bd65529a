package hadirector.health.probe;

import static hadirector.health.probe.LoopbackServer.saying;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.health.Samples;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProbeTest {
    private static final Check.Http PLAIN = Samples.http("/health");

    private final Prober prober = new Prober();

    @AfterEach
    void close() {
        prober.close();
    }

    @Test
    void asksAsHttpWantsIt() throws Exception {
        BlockingQueue<String> heads = new LinkedBlockingQueue<>();
        try (var server = new LoopbackServer(socket -> {
            heads.add(LoopbackServer.readHead(socket));
            LoopbackServer.write(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        })) {
            assertThat(prober.probe(server.endpoint(), PLAIN)).isInstanceOf(Passed.class);
            assertThat(heads.remove())
                    .startsWith("GET /health HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nhost: " + server.endpoint() + "\r\n")
                    .containsIgnoringCase("\r\nconnection: close\r\n")
                    .containsIgnoringCase("\r\nuser-agent: ha-director\r\n");
            assertThat(prober.probe(server.endpoint(), withHost("shop.example"))).isInstanceOf(Passed.class);
            assertThat(heads.remove()).containsIgnoringCase("\r\nhost: shop.example\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource({"200, true", "204, true", "302, true", "399, true", "400, false", "503, false"})
    void acceptsTwoAndThreeHundredsUnlessToldOtherwise(int status, boolean good) throws Exception {
        assertThat(against("HTTP/1.1 " + status + " Word\r\nContent-Length: 0\r\n\r\n", PLAIN))
                .isInstanceOf(good ? Passed.class : Refused.class);
    }

    @Test
    void saysWhichStatusCameAndWhichWasWanted() throws Exception {
        assertThat(against("HTTP/1.1 503 Service Unavailable\r\n\r\n", PLAIN))
                .isEqualTo(new Refused("HTTP 503 Service Unavailable, wanted 200-399"));
        var only = new Check.Http(
                Samples.QUICK, false, "/", Optional.empty(), List.of(200, 401), Optional.empty());
        assertThat(against("HTTP/1.1 401 Unauthorized\r\n\r\n", only)).isInstanceOf(Passed.class);
        assertThat(against("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", only))
                .isEqualTo(new Refused("HTTP 302 Found, wanted 200, 401"));
    }

    @Test
    void takesAnInterimAnswerForWhatItIs() throws Exception {
        assertThat(against("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", body("ok")))
                .isInstanceOf(Passed.class);
        assertThat(against("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", PLAIN))
                .isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well",
                "HTTP/1.1 200 OK\r\n\r\nall is well",
                "HTTP/1.0 200 OK\r\n\r\nall is well",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nall i\r\n6\r\ns well\r\n0\r\n\r\n",
            })
    void findsTheBodyHoweverItIsFramedAndCut(String answer) throws Exception {
        try (var server = new LoopbackServer(socket -> {
            socket.setTcpNoDelay(true);
            LoopbackServer.readHead(socket);
            for (int i = 0; i < answer.length(); i++) {
                LoopbackServer.write(socket, answer.substring(i, i + 1));
            }
        })) {
            assertThat(prober.probe(server.endpoint(), body("is well"))).isInstanceOf(Passed.class);
            assertThat(prober.probe(server.endpoint(), body("is ill")))
                    .isEqualTo(new Refused("no \"is ill\" in the body"));
        }
    }

    @Test
    void readsNoMoreOfALargeBodyThanItLooksAt() throws Exception {
        try (var endless = new LoopbackServer(socket -> {
            LoopbackServer.readHead(socket);
            LoopbackServer.write(socket, "HTTP/1.1 200 OK\r\n\r\n");
            while (true) {
                LoopbackServer.write(socket, "x".repeat(10_000));
            }
        })) {
            assertThat(prober.probe(endless.endpoint(), body("ok")))
                    .isEqualTo(new Refused("no \"ok\" in the first 65536 bytes of the body"));
            assertThat(prober.probe(endless.endpoint(), PLAIN)).isInstanceOf(Passed.class);
        }
    }

    @Test
    void refusesABodyThatEndsTooSoon() throws Exception {
        assertThat(against("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nall", body("well")))
                .isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0\1\2\3", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "HTTP/1.1 abc\r\n\r\n", "\r\n"})
    void refusesWhatIsNotHttp(String answer) throws Exception {
        assertThat(against(answer, PLAIN)).isInstanceOf(Refused.class);
    }

    @Test
    void refusesAServerThatHangsUpOrResets() throws Exception {
        assertThat(against("", PLAIN))
                .isEqualTo(new Refused("connection closed while waiting for the HTTP answer"));
        try (var server = new LoopbackServer(socket -> {
            LoopbackServer.readHead(socket);
            socket.setSoLinger(true, 0);
        })) {
            assertThat(prober.probe(server.endpoint(), PLAIN))
                    .isEqualTo(new Refused("Connection reset while waiting for the HTTP answer"));
        }
    }

    @Test
    void timesOutOnAServerThatOnlyListensAndSaysWhere() throws Exception {
        var hasty = new Check.Http(Prober.HASTY, false, "/", Optional.empty(), List.of(), Optional.of("ok"));
        try (var mute = new LoopbackServer(LoopbackServer::hold);
                var slow = new LoopbackServer(socket -> {
                    LoopbackServer.readHead(socket);
                    LoopbackServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
                    LoopbackServer.hold(socket);
                })) {
            assertThat(prober.probe(mute.endpoint(), hasty))
                    .isEqualTo(new TimedOut(Prober.HASTY.timeout(), "the HTTP answer"));
            assertThat(prober.probe(slow.endpoint(), hasty))
                    .isEqualTo(new TimedOut(Prober.HASTY.timeout(), "the HTTP body"));
        }
    }

    @Test
    void hasNotRunWithARequestThatCannotBeWritten() throws Exception {
        try (var server = new LoopbackServer(saying("HTTP/1.1 200 OK\r\n\r\n"))) {
            assertThat(prober.probe(server.endpoint(), withHost("a\r\nX-Evil: b"))).isInstanceOf(NotRun.class);
        }
    }

    @Test
    void getsAlongWithARealServer() throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 10);
        server.createContext("/health", exchange -> {
            byte[] answer = "{\"status\":\"UP\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try {
            var endpoint = Endpoint.of("127.0.0.1:" + server.getAddress().getPort());
            assertThat(prober.probe(endpoint, body("\"UP\""))).isInstanceOf(Passed.class);
            assertThat(prober.probe(endpoint, Samples.http("/nowhere")))
                    .isEqualTo(new Refused("HTTP 404 Not Found, wanted 200-399"));
        } finally {
            server.stop(0);
        }
    }

    private ProbeResult against(String answer, Check check) throws Exception {
        try (var server = new LoopbackServer(saying(answer))) {
            return prober.probe(server.endpoint(), check);
        }
    }

    private static Check.Http body(String wanted) {
        return new Check.Http(Samples.QUICK, false, "/health", Optional.empty(), List.of(), Optional.of(wanted));
    }

    private static Check.Http withHost(String host) {
        return new Check.Http(Samples.QUICK, false, "/health", Optional.of(host), List.of(), Optional.empty());
    }
}
