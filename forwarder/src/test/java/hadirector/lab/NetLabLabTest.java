package hadirector.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Lab
class NetLabLabTest {
    private final NetLab lab = new NetLab();
    private final Segment lan = lab.segment("lan");
    private final Host client = lab.host("client");
    private final Host server = lab.host("server");
    private final Nic clientNic = client.nic("eth0", lan, "10.77.0.1/24");

    NetLabLabTest() {
        server.nic("eth0", lan, "10.77.0.2/24");
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void socketsOpenedInsideTalkAcrossTheSegment() throws Exception {
        try (ServerSocket listening = server.in(() -> new ServerSocket(7000));
                Socket socket = client.in(() -> new Socket("10.77.0.2", 7000));
                Socket accepted = listening.accept()) {
            accepted.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
            assertThat(((InetSocketAddress) accepted.getRemoteSocketAddress()).getHostString()).isEqualTo("10.77.0.1");
        }
    }

    @Test
    void processesRunInsideAndAreHeard() throws Exception {
        var process = client.start("sh", "-c", "ip -br addr; echo ready; sleep 100");
        process.awaitOutput("ready", Duration.ofSeconds(10));
        assertThat(process.output()).contains("10.77.0.1/24");
        process.kill();
        assertThat(process.awaitExit(Duration.ofSeconds(10))).isEqualTo(128 + 9);
    }

    @Test
    void anUnpluggedInterfaceLosesItsCarrierAndGetsItBack() {
        clientNic.unplug();
        assertThat(client.output("ip link show eth0")).contains("NO-CARRIER");
        clientNic.plug();
        assertThat(client.output("ip link show eth0")).doesNotContain("NO-CARRIER");
    }

    @Test
    void nothingIsLeftAfterClosing() {
        lab.close();
        assertThat(Commands.run(Commands.words("ip netns list"))).doesNotContain(client.namespace());
    }

    @Test
    void workersEndWithTheirServerOrWithTheLabThoughTheServerStartsThemAnew() throws Exception {
        var ended = server.start("sh", "-c", "while :; do echo worker; sleep 1000 & wait; done").awaitOutput("worker", Duration.ofSeconds(10));
        var killed = server.start("sh", "-c", "echo worker; sleep 1000; :").awaitOutput("worker", Duration.ofSeconds(10));
        Await.until("both workers", () -> workers().size() == 2);
        var workers = workers();
        killed.kill();
        assertThat(workers).allMatch(ProcessHandle::isAlive);
        ended.end();
        lab.close();
        Await.until("no workers", () -> workers().isEmpty() && workers.stream().noneMatch(ProcessHandle::isAlive));
    }

    private List<ProcessHandle> workers() {
        return Commands.tryRun(List.of("ip", "netns", "pids", server.namespace())).output().lines()
                .filter(line -> line.matches("\\d+"))
                .flatMap(line -> ProcessHandle.of(Long.parseLong(line)).stream())
                .filter(process -> process.info().command().filter(command -> command.endsWith("sleep")).isPresent())
                .toList();
    }

    @Test
    void aCommandThatFailsSaysWhatItSaid() {
        assertThatThrownBy(() -> client.with("ip link show nosuch")).hasMessageContaining("nosuch");
    }
}
