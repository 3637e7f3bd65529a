package hadirector.health.probe;

import static hadirector.health.probe.LoopbackServer.saying;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.health.Samples;
import hadirector.model.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpsProbeTest {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsecrets";

    private static SSLServerSocketFactory tlsSockets = (SSLServerSocketFactory) SSLServerSocketFactory.getDefault();

    private final Prober prober = new Prober();

    /// Self-signed, for another name, and expired: none of that is a probe's business.
    @BeforeAll
    static void makeACertificateThatNobodyWouldTrust(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("server.p12");
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=other.example",
                        "-startdate", "-10d", "-validity", "5", "-storetype", "PKCS12",
                        "-keystore", store.toString(), "-storepass", new String(PASSWORD))
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        var keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        tlsSockets = context.getServerSocketFactory();
    }

    @AfterEach
    void close() {
        prober.close();
    }

    @Test
    void asksForHealthNotForIdentity() throws Exception {
        try (var server = new LoopbackServer(tlsSockets, 0, saying(OK))) {
            assertThat(prober.probe(server.endpoint(), https(Samples.QUICK, Optional.empty(), Optional.of("secrets"))))
                    .isInstanceOf(Passed.class);
            assertThat(prober.probe(server.endpoint(), https(Samples.QUICK, Optional.empty(), Optional.of("nothing"))))
                    .isEqualTo(new Refused("no \"nothing\" in the body"));
        }
    }

    @Test
    void sendsTheHostAsServerNameWithoutItsPort() throws Exception {
        assertThat(serverNameFor("shop.example:8443")).isEqualTo("shop.example");
        assertThat(serverNameFor("intranet")).isEqualTo("intranet");
        assertThat(serverNameFor("10.1.0.11:8443")).isEmpty();
        assertThat(serverNameFor("[2001:db8::1]")).isEmpty();
    }

    @Test
    void refusesAServerThatSpeaksPlainHttp() throws Exception {
        try (var server = new LoopbackServer(socket -> {
            LoopbackServer.write(socket, OK);
            LoopbackServer.hold(socket);
        })) {
            var result = prober.probe(server.endpoint(), https(Samples.QUICK, Optional.empty(), Optional.empty()));
            assertThat(result).isInstanceOf(Refused.class);
            assertThat(result.text()).contains("not an SSL/TLS record");
        }
    }

    @Test
    void refusesAServerThatBreaksTheHandshakeOff() throws Exception {
        try (var server = new LoopbackServer(socket -> {
            var _ = socket.getInputStream().read();
        })) {
            var result = prober.probe(server.endpoint(), https(Samples.QUICK, Optional.empty(), Optional.empty()));
            assertThat(result).isInstanceOf(Refused.class);
            assertThat(result.text()).contains("the TLS handshake");
        }
    }

    @Test
    void timesOutInTheHandshakeOrAfterItAndSaysWhich() throws Exception {
        var slow = new Check.Schedule(Prober.HASTY.interval(), Prober.HASTY.timeout().multipliedBy(10), 1, 1);
        var check = https(slow, Optional.empty(), Optional.empty());
        try (var mute = new LoopbackServer(LoopbackServer::hold);
                var idle = new LoopbackServer(tlsSockets, 0, LoopbackServer::hold)) {
            assertThat(prober.probe(mute.endpoint(), check)).isEqualTo(new TimedOut(slow.timeout(), "the TLS handshake"));
            assertThat(prober.probe(idle.endpoint(), check))
                    .isEqualTo(new TimedOut(slow.timeout(), "the HTTP answer"));
        }
    }

    private String serverNameFor(String host) throws Exception {
        var names = new LinkedBlockingQueue<String>();
        try (var server = new LoopbackServer(tlsSockets, 0, socket -> {
            names.add(serverName((SSLSocket) socket));
            saying(OK).play(socket);
        })) {
            assertThat(prober.probe(server.endpoint(), https(Samples.QUICK, Optional.of(host), Optional.empty())))
                    .isInstanceOf(Passed.class);
            return names.remove();
        }
    }

    private static String serverName(SSLSocket socket) throws IOException {
        socket.startHandshake();
        var names = ((ExtendedSSLSession) socket.getSession()).getRequestedServerNames();
        return names.isEmpty() ? "" : ((SNIHostName) names.getFirst()).getAsciiName();
    }

    private static Check.Http https(Check.Schedule schedule, Optional<String> host, Optional<String> body) {
        return new Check.Http(schedule, true, "/", host, List.of(), body);
    }
}
