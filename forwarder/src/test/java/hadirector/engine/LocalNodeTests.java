package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.engine.LocalNodeLab.Family;
import hadirector.lab.Await;
import hadirector.lab.NeedsCommand;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A realserver on the director itself, with real programs; the same whoever forwards.
@NeedsCommand("curl")
@NeedsCommand("nginx")
abstract class LocalNodeTests extends EngineLabTests<LocalNodeLab> {
    private static final int MEGABYTES = 40;
    private static final int CONNECTIONS = 400;
    private static final int FIRST_PORT = 20_000;

    private final EngineOptions options;

    LocalNodeTests(EngineOptions options) {
        this.options = options;
    }

    static List<Family> families() {
        return LocalNodeLab.FAMILIES;
    }

    @Override
    LocalNodeLab open(Path forPrograms) throws Exception {
        return new LocalNodeLab(forPrograms, options);
    }

    @ParameterizedTest
    @MethodSource("families")
    void theDirectorAndItsNeighbourServeByTurns(Family family) {
        var answers = IntStream.range(0, 10).mapToObj(_ -> lab.who(family, LocalNodeLab.BOTH)).toList();
        assertThat(answers).containsOnly("local", "remote").filteredOn("local"::equals).hasSize(5);
        var servers = lab.servers(Protocol.TCP, family.at(family.vip(), LocalNodeLab.BOTH));
        assertThat(servers).extracting(EngineStats.Server::local).containsExactly(true, false);
        assertThat(servers).allMatch(server -> server.packetsIn() > 0 && server.packetsOut() > 0);
    }

    /// IPv4 only: Linux takes no packet for `::1` from outside, whatever its settings.
    @Test
    void aRealserverAtTheLoopbackAddressIsReached() {
        assertThat(lab.who(LocalNodeLab.V4, LocalNodeLab.LOOPBACK)).isEqualTo("local");
    }

    @ParameterizedTest
    @MethodSource("families")
    void whereSaysThatItIsLocal(Family family) {
        try (var socket = connect(family, LocalNodeLab.LOCAL)) {
            var client = new Endpoint(IpAddress.of(family.client()), socket.getLocalPort());
            var known = lab.engine.where(Protocol.TCP, client, family.at(family.vip(), LocalNodeLab.LOCAL));
            var direct = lab.engine.where(Protocol.TCP, client, family.at(family.directVip(), LocalNodeLab.WEB));
            assertThat(known.entry()).isPresent();
            assertThat(known.toServer()).contains(Whereabouts.NextHop.LOCAL);
            assertThat(known.toClient().map(Whereabouts.NextHop::interfaceName)).contains("eth0");
            assertThat(direct.entry()).isEmpty();
            assertThat(direct.toServer()).contains(Whereabouts.NextHop.LOCAL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void bigTransfersArriveWholeInBothDirections(Family family) throws Exception {
        var sent = lab.web.file("data" + family, MEGABYTES);
        var received = directory.resolve("down" + family);
        String url = family.url(family.vip(), LocalNodeLab.LOCAL);
        lab.curl("-o /dev/null -T " + sent + " " + url + "up" + family);
        lab.curl("-o " + received + " " + url + sent.getFileName());
        assertThat(Files.mismatch(sent, lab.web.served("up" + family))).isEqualTo(-1);
        assertThat(Files.mismatch(sent, received)).isEqualTo(-1);
    }

    /// From ports that no other test had: a realserver whose port still knows the client's from another service is passed over.
    @ParameterizedTest
    @MethodSource("families")
    void manyClientsAtOnceAreServed(Family family) throws Exception {
        byte[] request = "GET /who HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        var sockets = IntStream.range(0, CONNECTIONS).mapToObj(i -> connect(family, LocalNodeLab.BOTH, FIRST_PORT + i)).toList();
        for (var socket : sockets) {
            socket.getOutputStream().write(request);
        }
        int local = 0;
        for (var socket : sockets) {
            try (socket) {
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertThat(answer).containsAnyOf("local", "remote");
                local += answer.contains("local") ? 1 : 0;
            }
        }
        assertThat(local).isEqualTo(CONNECTIONS / 2);
    }

    private Socket connect(Family family, int port) {
        return connect(family, port, 0);
    }

    private Socket connect(Family family, int port, int from) {
        return lab.client.in(() -> {
            var socket = new Socket();
            socket.bind(new InetSocketAddress(family.client(), from));
            socket.connect(new InetSocketAddress(family.vip(), port), 10_000);
            socket.setSoTimeout(10_000);
            return socket;
        });
    }

    @ParameterizedTest
    @MethodSource("families")
    void datagramsComeBackAlsoInFragments(Family family) throws Exception {
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            socket.setSoTimeout(500);
            for (int length : new int[] {1, 1_000, 1_473, 8_000, 60_000}) {
                exchange(socket, family, LocalNodeLab.ECHO, length);
            }
        }
    }

    private static void exchange(DatagramSocket socket, Family family, int port, int length) throws Exception {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        var reply = new DatagramPacket(new byte[0xffff], 0xffff);
        var vip = InetAddress.getByName(family.vip());
        Await.until(length + " bytes", () -> {
            socket.send(new DatagramPacket(data, length, vip, port));
            return receives(socket, reply) && reply.getLength() == length;
        });
        assertThat(reply.getAddress()).isEqualTo(vip);
        assertThat(reply.getPort()).isEqualTo(port);
        assertThat(Arrays.copyOf(reply.getData(), length)).isEqualTo(data);
    }

    private static boolean receives(DatagramSocket socket, DatagramPacket reply) throws IOException {
        try {
            reply.setLength(0xffff);
            socket.receive(reply);
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void whereNobodyListensTheClientHearsIt(Family family) {
        assertThatThrownBy(() -> connect(family, LocalNodeLab.DEAD).close())
                .satisfiesAnyOf(
                        thrown -> assertThat(thrown).isInstanceOf(ConnectException.class),
                        thrown -> assertThat(thrown).hasCauseInstanceOf(ConnectException.class));
        assertThatThrownBy(() -> askDeadService(family)).isInstanceOf(PortUnreachableException.class);
    }

    private void askDeadService(Family family) throws Exception {
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            socket.setSoTimeout(1_000);
            socket.connect(InetAddress.getByName(family.vip()), LocalNodeLab.DEAD);
            Await.until("an error", () -> {
                socket.send(new DatagramPacket(new byte[1], 1));
                return receives(socket, new DatagramPacket(new byte[0xffff], 0xffff));
            });
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void endsAndResetsAreFollowedAndEntriesExpire(Family family) throws Exception {
        var vip = family.at(family.vip(), LocalNodeLab.ENDING);
        try (var ended = connect(family, LocalNodeLab.ENDING);
                var reset = connect(family, LocalNodeLab.ENDING);
                var open = connect(family, LocalNodeLab.ENDING)) {
            Await.until("three", () -> active(vip) == 3);
            ended.shutdownOutput();
            assertThat(ended.getInputStream().read()).isEqualTo(-1);
            abort(reset);
            Await.until("their ends", () -> states(vip).equals(
                    Set.of(ConnectionState.ESTABLISHED, ConnectionState.TIME_WAIT, ConnectionState.CLOSE)));
            Await.until("the one that was reset to expire", () -> states(vip).equals(
                    Set.of(ConnectionState.ESTABLISHED, ConnectionState.TIME_WAIT)));
            open.getOutputStream().write("GET /who HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(open.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).contains("local");
        }
    }

    private static void abort(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private Set<ConnectionState> states(Endpoint vip) {
        return lab.engine.connections(entry -> entry.virtual().equals(vip), CONNECTIONS).stream()
                .map(ConnectionEntry::state)
                .collect(Collectors.toSet());
    }

    private long active(Endpoint vip) {
        return lab.servers(Protocol.TCP, vip).stream().mapToLong(EngineStats.Server::active).sum();
    }

    @ParameterizedTest
    @MethodSource("families")
    void aServerThatAbortsResetsItsClient(Family family) throws Exception {
        var vip = family.at(family.vip(), LocalNodeLab.ABORTING);
        try (var listening = lab.director.in(() -> new ServerSocket(LocalNodeLab.ABORTING));
                var socket = connect(family, LocalNodeLab.ABORTING);
                var accepted = listening.accept()) {
            accepted.getOutputStream().write(1);
            assertThat(socket.getInputStream().read()).isEqualTo(1);
            abort(accepted);
            assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
            Await.until("the reset to be followed", () -> active(vip) == 0);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void directRoutingLeavesThePacketToTheHost(Family family) throws Exception {
        String url = family.url(family.directVip(), LocalNodeLab.WEB);
        assertThat(lab.client.output("curl -s -m 5 " + url + "who")).isEqualTo("local");
        var sent = lab.web.file("direct" + family, MEGABYTES);
        lab.curl("-o /dev/null -T " + sent + " " + url + "directUp" + family);
        assertThat(Files.mismatch(sent, lab.web.served("directUp" + family))).isEqualTo(-1);
        var server = lab.servers(Protocol.TCP, family.at(family.directVip(), LocalNodeLab.WEB)).getFirst();
        assertThat(server.local()).isTrue();
        assertThat(server.packetsIn()).isGreaterThan(1_000);
        assertThat(server.packetsOut()).isZero();
    }

    @ParameterizedTest
    @MethodSource("families")
    void anAddressThatComesToTheHostIsServedByItAndItsFlowsFollow(Family family) throws Exception {
        String address = family.moving() + (family.v6() ? "/128" : "/32") + " dev lo";
        try (var socket = lab.client.in(() -> new DatagramSocket(0))) {
            socket.setSoTimeout(500);
            for (int i = 0; i < 2; i++) {
                awaitMoving(family, socket, "remote", "eth1");
                lab.director.with("ip addr add " + address + (family.v6() ? " nodad" : ""));
                awaitMoving(family, socket, "local", Whereabouts.NextHop.LOCAL.interfaceName());
                lab.director.with("ip addr del " + address);
            }
        }
    }

    private void awaitMoving(Family family, DatagramSocket socket, String who, String interfaceName) throws Exception {
        Await.until("a new connection to be " + who, () -> lab.who(family, LocalNodeLab.MOVING).equals(who));
        var client = new Endpoint(IpAddress.of(family.client()), socket.getLocalPort());
        var vip = family.at(family.vip(), LocalNodeLab.MOVING);
        Await.until("the flow to be " + who, () -> {
            exchange(socket, family, LocalNodeLab.MOVING, 100);
            var where = lab.engine.where(Protocol.UDP, client, vip);
            assertThat(where.entry()).isPresent();
            return where.toServer().filter(hop -> hop.interfaceName().equals(interfaceName)).isPresent();
        });
        boolean local = lab.servers(Protocol.TCP, vip).getFirst().local();
        assertThat(local).isEqualTo(who.equals("local"));
    }
}
