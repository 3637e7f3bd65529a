package hadirector.door;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.keys.Identity;
import hadirector.keys.KeyFile;
import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Task;
import hadirector.keys.LiveKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorTest {
    static {
        Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^20"); // As after 137 GB otherwise.
    }

    private static final int HANDSHAKE_RECORD = 22;

    @TempDir private Path folder = Path.of("");
    @TempDir private Path elsewhere = Path.of("");

    private final Refusals ofCaller = new Refusals("lb2");
    private DoorLab lab = notYet();

    @SuppressWarnings("NullAway") // Set before each test.
    private static DoorLab notYet() {
        return null;
    }

    @BeforeEach
    void open() throws Exception {
        lab = new DoorLab(folder, true);
    }

    @AfterEach
    void close() throws Exception {
        lab.close();
    }

    private MemberSocket caller(LiveKeys keys) throws IOException {
        return caller(keys.context());
    }

    private MemberSocket caller(SSLContext keys) throws IOException {
        return new MemberSocket(lab.door(Optional.of(() -> keys), ofCaller));
    }

    private LiveKeys foreign(String cluster, String name) throws Exception {
        var _ = new KeyFolder(elsewhere, cluster, Duration.ofDays(1), Instant.now()).run(Task.COMPLETE, List.of(name));
        return new LiveKeys(elsewhere.resolve(name + ".pem"), new Identity(cluster, name));
    }

    /// The keys of lb2 as its file has them now, whatever becomes of it.
    private SSLContext asTheyAre() throws Exception {
        return KeyFile.read(folder.resolve("lb2.pem")).tls();
    }

    private Socket guest() throws InterruptedException {
        return requireNonNull(lab.guests.poll(20, TimeUnit.SECONDS), "somebody let in within 20 s");
    }

    /// Sends `length` bytes in pieces of any size and checks what arrives.
    private static void exchange(OutputStream out, InputStream in, int length, int seed) throws Exception {
        byte[] sent = new byte[length];
        var random = new Random(seed);
        random.nextBytes(sent);
        var writer = CompletableFuture.runAsync(() -> {
            try {
                for (int at = 0; at < length; ) {
                    int piece = Math.min(length - at, 1 + new Random(at).nextInt(100_000));
                    out.write(sent, at, piece);
                    at += piece;
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }, Thread::startVirtualThread);
        byte[] got = new byte[length];
        for (int at = 0; at < length; ) {
            int count = in.read(got, at, Math.min(length - at, 1 + random.nextInt(70_000)));
            assertThat(count).isPositive();
            at += count;
        }
        writer.get(20, TimeUnit.SECONDS);
        assertThat(Arrays.mismatch(sent, got)).isEqualTo(-1);
    }

    @Test
    void membersExchangeBytesOfAnyLengthInBothDirectionsAndThroughChangesOfKeys() throws Exception {
        var two = lab.call(caller(lab.live("lb2")), 2);
        var one = guest();
        exchange(two.getOutputStream(), one.getInputStream(), 8 << 20, 1);
        exchange(one.getOutputStream(), two.getInputStream(), 8 << 20, 2);
        assertThat(MemberSocket.heard()).containsExactly("lb1");
        var back = CompletableFuture.runAsync(() -> {
            try {
                exchange(one.getOutputStream(), two.getInputStream(), 4 << 20, 3);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }, Thread::startVirtualThread); // Two processors have one common thread.
        exchange(two.getOutputStream(), one.getInputStream(), 4 << 20, 4);
        back.get(20, TimeUnit.SECONDS);
        assertThat(lab.refusals.counts()).isEmpty();
    }

    @Test
    void nothingOfAMessageIsSeenOnTheNetwork() throws Exception {
        try (var relay = new Relay()) {
            var two = relayed(relay);
            two.getOutputStream().write("the secret".getBytes(StandardCharsets.UTF_8));
            assertThat(guest().getInputStream().readNBytes(10)).asString().isEqualTo("the secret");
            assertThat(relay.seen.toString(StandardCharsets.ISO_8859_1)).doesNotContain("secret");
        }
    }

    @Test
    void aStrangersAddressIsTurnedAway() throws Exception {
        var stranger = lab.call(new Socket(), 9);
        assertThat(stranger.getInputStream().read()).isEqualTo(-1);
        lab.awaitRefused(Refused.STRANGER, lab.refusals, null);
    }

    @Test
    void garbageOfAnyKindIsRefused() throws Exception {
        var random = new Random(5);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[1 + random.nextInt(3_000)];
            random.nextBytes(garbage);
            if (i % 3 == 0 && garbage.length > 5) {
                System.arraycopy(new byte[] {22, 3, 1}, 0, garbage, 0, 3); // A TLS record, to begin with.
            }
            try (var socket = lab.call(new Socket(), 2)) {
                socket.getOutputStream().write(garbage);
                socket.shutdownOutput();
                while (socket.getInputStream().read() >= 0) {} // Until it is closed.
            } catch (IOException _) {
                // Reset is as good.
            }
        }
        lab.awaitRefused(Refused.NO_HANDSHAKE, lab.refusals, 50L);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void whoCallsAndSaysNothingHoldsUpNobodyAndIsLimited() throws Exception {
        var silent = new ArrayList<Socket>();
        for (int i = 0; i < 100; i++) {
            silent.add(lab.call(new Socket(), 1)); // From one member's address, while the other calls.
        }
        lab.call(caller(lab.live("lb2")), 2).getOutputStream().write(7);
        assertThat(guest().getInputStream().read()).isEqualTo(7);
        assertThat(lab.refusals.counts().get(Refused.FLOOD)).isGreaterThan(50);
        lab.awaitRefused(Refused.NO_HANDSHAKE, lab.refusals, 8L);
        for (var socket : silent) {
            socket.close();
        }
    }

    @Test
    void whoLeavesBeforeBothKnowEachOtherIsNotRefused() throws Exception {
        byte[] hello = hello();
        lab.call(new Socket(), 2).close();
        lab.awaitUnfinished(lab.refusals, 1);
        var stopped = lab.call(new Socket(), 2);
        stopped.getOutputStream().write(hello);
        assertThat(stopped.getInputStream().read()).isEqualTo(HANDSHAKE_RECORD);
        stopped.close(); // With the rest of it unread: a reset.
        lab.awaitUnfinished(lab.refusals, 2);
        assertThat(lab.refusals.counts()).isEmpty();
    }

    @Test
    void whoLeavesWithinARecordIsRefused() throws Exception {
        byte[] hello = hello();
        try (var cut = lab.call(new Socket(), 2)) {
            cut.getOutputStream().write(hello, 0, hello.length - 1);
        }
        lab.awaitRefused(Refused.NO_HANDSHAKE, lab.refusals, 1L);
        assertThat(lab.refusals.unfinished()).isZero();
    }

    @Test
    void aMemberThatHangsUpOrDoesNotAnswerAndWhatThisEndClosesItselfIsNotRefused() throws Exception {
        try (var member = at(1)) {
            var hungUp = callInVain(caller(lab.live("lb2")), member);
            member.accept().close();
            hungUp.get(20, TimeUnit.SECONDS);
            var unanswered = callInVain(caller(lab.live("lb2")), member);
            try (var _ = member.accept()) {
                unanswered.get(20, TimeUnit.SECONDS);
            }
            var closed = caller(lab.live("lb2"));
            var closing = callInVain(closed, member);
            try (var called = member.accept()) {
                assertThat(called.getInputStream().read()).isEqualTo(HANDSHAKE_RECORD);
                closed.close();
                closing.get(20, TimeUnit.SECONDS);
            }
        }
        assertThat(ofCaller.unfinished()).isEqualTo(3);
        assertThat(ofCaller.counts()).isEmpty();
    }

    private ServerSocket at(int host) throws IOException {
        var member = new ServerSocket();
        member.bind(new java.net.InetSocketAddress(lab.address(host), 0));
        return member;
    }

    /// Done when the call has failed, by what JGroups does not log as an error.
    private CompletableFuture<Void> callInVain(MemberSocket two, ServerSocket member) throws IOException {
        two.bind(new java.net.InetSocketAddress(lab.address(2), 0));
        return CompletableFuture.runAsync(
                () -> assertThatThrownBy(() -> two.connect(member.getLocalSocketAddress(), 5_000))
                        .isInstanceOfAny(SocketException.class, SocketTimeoutException.class),
                Thread::startVirtualThread);
    }

    /// What a member says first.
    private byte[] hello() throws Exception {
        try (var member = at(1)) {
            var calls = callInVain(caller(lab.live("lb2")), member);
            byte[] hello = new byte[1 << 14];
            try (var called = member.accept()) {
                int length = called.getInputStream().read(hello);
                assertThat(length).isEqualTo(5 + ((hello[3] & 0xff) << 8 | (hello[4] & 0xff))); // One record.
                return Arrays.copyOf(hello, length);
            } finally {
                calls.get(20, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void certificatesOfAnotherAuthorityAreRefusedOnBothEnds() throws Exception {
        var foreign = foreign("edge", "lb2");
        assertThatThrownBy(() -> lab.call(caller(foreign), 2)).isInstanceOf(IOException.class);
        lab.awaitRefused(Refused.NOT_TRUSTED, ofCaller, null);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void aCertificateOfAnotherClusterIsRefusedThoughItsAuthorityIsTrusted() throws Exception {
        Files.copy(folder.resolve("edge.ca"), elsewhere.resolve("other.ca"));
        var other = foreign("other", "lb2");
        assertThatThrownBy(() -> lab.call(caller(other), 2)).isInstanceOf(IOException.class);
        lab.awaitRefused(Refused.OTHER_NAME, lab.refusals, null);
        lab.awaitRefused(Refused.BY_PEER, ofCaller, null);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void aMembersCertificateIsRefusedAtAnotherMembersAddress() throws Exception {
        var one = lab.live("lb1");
        assertThatThrownBy(() -> lab.call(caller(one), 2)).isInstanceOf(IOException.class);
        lab.awaitRefused(Refused.OTHER_NAME, lab.refusals, null);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        lab.keys(Task.RENEW, Instant.now().minus(Duration.ofDays(3)), Duration.ofDays(2));
        var expired = asTheyAre();
        lab.keys(Task.RENEW, Instant.now(), Duration.ofDays(2));
        assertThatThrownBy(() -> lab.call(caller(expired), 2)).isInstanceOf(IOException.class);
        lab.awaitRefused(Refused.EXPIRED, lab.refusals, null);
        lab.awaitRefused(Refused.BY_PEER, ofCaller, null);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void whoKnowsOnlyTheOldAuthorityAndWhoHasTheNewOneLetEachOtherIn() throws Exception {
        var before = asTheyAre();
        lab.keys(Task.RENEW_AUTHORITY, Instant.now(), Duration.ofDays(1)); // lb1 takes them from now on.
        lab.call(caller(before), 2).getOutputStream().write(1);
        assertThat(guest().getInputStream().read()).isEqualTo(1);
        lab.call(caller(lab.live("lb2")), 2).getOutputStream().write(2);
        assertThat(guest().getInputStream().read()).isEqualTo(2);
        lab.keys(Task.FORGET_OLD_AUTHORITY, Instant.now(), Duration.ofDays(1));
        assertThatThrownBy(() -> lab.call(caller(before), 2)).isInstanceOf(IOException.class);
        lab.call(caller(lab.live("lb2")), 2).getOutputStream().write(3);
        assertThat(guest().getInputStream().read()).isEqualTo(3);
    }

    @Test
    void whatWasRecordedIsRefusedWhenItIsPlayedAgain() throws Exception {
        byte[] recorded;
        try (var relay = new Relay()) {
            relayed(relay).getOutputStream().write(new byte[1_000]);
            assertThat(guest().getInputStream().readNBytes(1_000)).hasSize(1_000);
            recorded = relay.seen.toByteArray();
        }
        var replay = lab.call(new Socket(), 2);
        replay.getOutputStream().write(recorded);
        lab.awaitRefused(Refused.NO_HANDSHAKE, lab.refusals, null);
        assertThat(lab.guests).isEmpty();
    }

    @Test
    void aCutOrChangedMessageEndsItsConnection() throws Exception {
        for (boolean cut : List.of(true, false)) {
            try (var relay = new Relay()) {
                var two = relayed(relay);
                var one = guest();
                relay.meddle(cut);
                two.getOutputStream().write(new byte[1_000]);
                assertThatThrownBy(() -> one.getInputStream().readNBytes(1_000)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void withoutKeysAMembersAddressIsEnough() throws Exception {
        try (var open = new DoorLab(elsewhere, false)) {
            var two = open.call(new MemberSocket(open.door(Optional.empty(), ofCaller)), 2);
            two.getOutputStream().write(7);
            var one = requireNonNull(open.guests.poll(20, TimeUnit.SECONDS));
            assertThat(one.getInputStream().read()).isEqualTo(7);
            assertThat(MemberSocket.heard()).isEqualTo(Set.of("lb2"));
            assertThat(open.call(new Socket(), 9).getInputStream().read()).isEqualTo(-1);
            open.awaitRefused(Refused.STRANGER, open.refusals, null);
        }
    }

    /// lb2 calls lb1 by way of `relay`, which stands on lb1's address and calls from lb2's.
    private MemberSocket relayed(Relay relay) throws Exception {
        var two = caller(lab.live("lb2"));
        two.bind(new java.net.InetSocketAddress(lab.address(2), 0));
        two.connect(relay.listen.getLocalSocketAddress(), 5_000);
        return two;
    }

    /// Carries bytes both ways, keeps those to lb1, and can meddle with them.
    private final class Relay implements AutoCloseable {
        final ServerSocket listen = at(1);
        final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        private final List<Socket> open = new java.util.concurrent.CopyOnWriteArrayList<>();
        private volatile boolean cutting;
        private volatile boolean changing;

        Relay() throws IOException {
            Thread.ofVirtual().start(this::carry);
        }

        void meddle(boolean cut) {
            cutting = cut;
            changing = !cut;
        }

        private void carry() {
            try {
                var caller = listen.accept();
                var called = lab.call(new Socket(), 2);
                open.addAll(List.of(caller, called));
                Thread.ofVirtual().start(() -> pump(called, caller, false));
                pump(caller, called, true);
            } catch (IOException _) {
                return; // Closed.
            }
        }

        private void pump(Socket from, Socket to, boolean towardsServer) {
            byte[] bytes = new byte[1 << 16];
            try {
                for (int count = from.getInputStream().read(bytes); count > 0; count = from.getInputStream().read(bytes)) {
                    if (towardsServer) {
                        seen.write(bytes, 0, count);
                        bytes[count / 2] ^= (byte) (changing ? 1 : 0);
                        count = cutting ? count / 2 : count;
                    }
                    to.getOutputStream().write(bytes, 0, count);
                    if (towardsServer && cutting) {
                        break;
                    }
                }
                to.close();
            } catch (IOException _) {
                return; // Closed.
            }
        }

        @Override
        public void close() throws IOException {
            listen.close();
            for (var socket : open) {
                socket.close();
            }
        }
    }
}
