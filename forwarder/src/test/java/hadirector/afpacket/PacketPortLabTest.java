package hadirector.afpacket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.fastpath.FastPath;
import hadirector.fastpath.TestFastPath;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import hadirector.lab.Segment;
import hadirector.linux.Poller;
import java.lang.foreign.MemorySegment;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A client, a director and a realserver on one segment; the realserver has the VIP hidden on `lo`, and a loop on the
/// director gives what is punted to it, as LVS-DR does.
@Lab
class PacketPortLabTest {
    private static final String VIP = "10.77.0.100";
    private static final int SENT_BYTES = 20 << 20;

    private final NetLab lab = new NetLab();
    private final Segment lan = lab.segment("lan");
    private final Host client = lab.host("client");
    private final Host director = lab.host("director");
    private final Host realserver = lab.host("rs1");
    private final Nic directorNic = director.nic("eth0", lan, "10.77.0.2/24");
    private final Nic realserverNic = realserver.nic("eth0", lan, "10.77.0.11/24");
    private final Poller poller = new Poller(PacketPort.DESCRIPTORS);

    PacketPortLabTest() {
        client.nic("eth0", lan, "10.77.0.1/24");
    }

    @AfterEach
    void close() {
        lab.close();
        poller.close();
    }

    @Test
    void aSecondEngineOnTheInterfaceIsRefusedByName() {
        try (var first = Ports.open(director, "eth0", 1, poller);
                var other = new Poller(PacketPort.DESCRIPTORS)) {
            assertThatThrownBy(() -> Ports.open(director, first.name(), 1, other))
                    .isInstanceOf(InterfaceBusyException.class)
                    .hasMessage("another engine runs on eth0");
            try (var elsewhere = Ports.open(realserver, "eth0", 1, other)) {
                assertThat(elsewhere.name()).isEqualTo("eth0");
            }
        }
        try (var again = Ports.open(director, "eth0", 1, poller)) {
            assertThat(again.ifindex()).isPositive();
        }
    }

    @Test
    void framesThatTheInterfaceRefusesAreCountedByCauseAndTheOthersGo() {
        try (var port = Ports.open(director, "eth0", 1, poller)) {
            byte[] good = Frame.udp("ffffffffffff", "10.77.0.2", 1, "10.77.0.1", 9);
            int tooLong = port.make();
            port.length(tooLong, 1600);
            MemorySegment.copy(good, 0, port.memory(), JAVA_BYTE, port.frame(tooLong), good.length);
            port.send(port, tooLong);
            Ports.send(port, good);
            assertThat(port.counters().sent()).isEqualTo(1);
            assertThat(port.counters().droppedTooLong()).isEqualTo(1);
            directorNic.down();
            Ports.send(port, good);
            Ports.send(port, good);
            directorNic.up();
            Ports.send(port, good);
            assertThat(port.counters().droppedDown()).isEqualTo(2);
            assertThat(port.counters().sent()).isEqualTo(2);
            assertThat(port.counters().dropped()).isEqualTo(3);
        }
    }

    @Test
    void nothingLeavesWhileTheGateIsShutNorLater() {
        var open = new AtomicBoolean();
        byte[] frame = Frame.udp("ffffffffffff", "10.77.0.2", 1, "10.77.0.1", 9);
        try (var port = Ports.open(director, "eth0", 1, poller, open::get)) {
            Ports.send(port, frame);
            for (int i = 0; i < Frames.MADE; i++) {
                int slot = port.make();
                port.length(slot, frame.length);
                port.send(port, slot);
            }
            port.flush();
            assertThat(port.counters().withheld()).isEqualTo(1 + Frames.MADE);
            assertThat(port.counters().sent()).isZero();
            open.set(true);
            Ports.send(port, frame);
            assertThat(port.counters().sent()).isEqualTo(1);
            assertThat(port.counters().dropped()).isZero();
        }
    }

    @Test
    void noMoreFramesAreMadeThanFitAndAFlushGivesThemBack() {
        try (var port = Ports.open(director, "eth0", 1, poller)) {
            for (int i = 0; i < Frames.MADE; i++) {
                assertThat(port.make()).isNotNegative();
            }
            assertThat(port.make()).isEqualTo(-1);
            port.flush();
            assertThat(port.make()).isNotNegative();
        }
    }

    @Test
    void superFramesComeWholeAndGoOnWithTheirChecksumsStillDue() throws Exception {
        realserver.sysctl("net.ipv4.conf.all.arp_ignore", "1").with("ip addr add " + VIP + "/32 dev lo");
        client.with("ip neigh replace %s lladdr %s dev eth0".formatted(VIP, directorNic.mac()));
        byte[] macs = Frame.hex(Frame.mac(realserverNic.mac()) + Frame.mac(directorNic.mac()));
        var longest = new AtomicInteger();
        var wirePackets = new AtomicInteger();
        var frames = new AtomicInteger();
        var stopped = new CompletableFuture<Void>();
        try (var port = Ports.open(director, "eth0", FastPath.MARK, poller);
                var program = director.in(() -> new TestFastPath());
                ServerSocket server = realserver.in(() -> new ServerSocket(7000))) {
            director.in(() -> {
                program.attach(port.ifindex());
                return program;
            });
            program.claim(VIP);
            var loop = director.thread("loop", () -> {
                while (!stopped.isDone()) {
                    poller.await(1000);
                    int n = port.receive();
                    for (int slot = 0; slot < n; slot++) {
                        longest.accumulateAndGet(port.length(slot), Math::max);
                        wirePackets.addAndGet(port.wirePackets(slot));
                        frames.incrementAndGet();
                        MemorySegment.copy(macs, 0, port.memory(), JAVA_BYTE, port.frame(slot), macs.length);
                        port.send(port, slot);
                    }
                    port.flush();
                }
            });
            byte[] data = new byte[SENT_BYTES];
            new Random(1).nextBytes(data);
            CompletableFuture<byte[]> arrived = CompletableFuture.supplyAsync(() -> digestOfOneConnection(server), Thread::startVirtualThread);
            try (Socket socket = client.in(() -> new Socket(VIP, 7000))) {
                socket.getOutputStream().write(data);
            }
            assertThat(arrived.get(60, TimeUnit.SECONDS)).isEqualTo(sha256().digest(data));
            stopped.complete(null);
            poller.wake();
            loop.join();
            assertThat(longest.get()).isGreaterThan(10_000);
            assertThat(frames.get()).isLessThan(wirePackets.get() / 4);
            assertThat(wirePackets.get()).isGreaterThanOrEqualTo(SENT_BYTES / 1460);
            assertThat(port.counters().droppedOther() + port.counters().cut()).isZero();
            assertThat(realserver.output("nstat -az TcpInCsumErrors")).containsPattern("TcpInCsumErrors +0 ");
        }
    }

    private static byte[] digestOfOneConnection(ServerSocket server) {
        try (Socket accepted = server.accept()) {
            return sha256().digest(accepted.getInputStream().readAllBytes());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
