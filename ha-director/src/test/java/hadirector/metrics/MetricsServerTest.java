package hadirector.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.model.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MetricsServerTest {
    private static final Endpoint ANY_PORT = Endpoint.of("127.0.0.1:0");

    private static final InetAddress LOOPBACK = ANY_PORT.toSocketAddress().getAddress();

    private final HttpClient http = HttpClient.newHttpClient();
    private Optional<String> unhealthy = Optional.empty();
    private MetricsServer server = start(Duration.ofSeconds(30), 64);

    private MetricsServer start(Duration patience, int clients) {
        try {
            return MetricsServer.start(
                    ANY_PORT,
                    new MetricsServer.Content(() -> "hadirector_x 1\n".repeat(10_000), () -> unhealthy),
                    new MetricsServer.Limits(clients, patience));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void isThere() {
        assertThat(server.port()).isPositive();
    }

    @AfterEach
    void close() {
        server.close();
        http.close();
    }

    @Test
    void servesMetricsAgainAndAgain() throws Exception {
        for (int i = 0; i < 3; i++) {
            var answer = send("GET", "/metrics");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(answer.body()).hasSize(150_000);
        }
    }

    @Test
    void tellsWhetherTheDirectorIsHealthyAndWhyNot() throws Exception {
        assertThat(send("GET", "/healthz").body()).isEqualTo("ok\n");
        unhealthy = Optional.of("no known holder of web");
        var sick = send("GET", "/healthz?verbose");
        assertThat(sick.statusCode()).isEqualTo(503);
        assertThat(sick.body()).isEqualTo("no known holder of web\n");
    }

    @Test
    void refusesOtherPathsAndMethods() throws Exception {
        assertThat(send("GET", "/").statusCode()).isEqualTo(404);
        assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
        var head = send("HEAD", "/metrics");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("content-length")).hasValue("150000");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws Exception {
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .containsSubsequence("200 OK", "ok\n", "404 Not Found");
    }

    @Test
    void boundsWhatAClientMaySend() throws Exception {
        assertThat(raw("GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("GET / HTTP/1.1\r\nA: " + "x".repeat(20_000) + "\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n")).startsWith("HTTP/1.1 413");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void cutsOffAClientThatDoesNotFinishItsRequest() throws Exception {
        server.close();
        server = start(Duration.ofMillis(50), 64);
        assertThat(raw("GET /metr")).isEmpty();
    }

    @Test
    void closesTheClientThatIsOneTooMany() throws Exception {
        server.close();
        server = start(Duration.ofSeconds(30), 1);
        try (var first = new Socket(LOOPBACK, server.port())) {
            first.getOutputStream().write("GET /healthz HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(first.getInputStream().read()).isEqualTo('H');
            assertThat(raw("")).isEmpty();
        }
    }

    @Test
    void saysWhereItCannotListen() {
        assertThatThrownBy(() -> MetricsServer.start(Endpoint.of("127.0.0.1:" + server.port()), () -> "", Optional::empty))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot serve metrics on 127.0.0.1:" + server.port());
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                        .method(method, BodyPublishers.noBody())
                        .build();
        return http.send(request, BodyHandlers.ofString());
    }

    /// All that comes back until the server closes.
    private String raw(String request) throws IOException {
        try (var socket = new Socket(LOOPBACK, server.port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
