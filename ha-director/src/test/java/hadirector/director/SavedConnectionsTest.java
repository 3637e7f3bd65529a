package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.ConnectionState;
import hadirector.conn.EntryCodec;
import hadirector.conn.MalformedEntryException;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedConnectionsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T07:00:00Z");
    private static final String VIP = "192.0.2.10";

    @TempDir
    private Path directory;

    private final FakeEngine before = new FakeEngine();
    private final List<String> restored = new ArrayList<>();

    private Path file() {
        return directory.resolve("director.sock.connections");
    }

    private SavedConnections saved() {
        return new SavedConnections(file());
    }

    private static ConnectionEntry entry(String vip, int clientPort, int expires) {
        return new ConnectionEntry(Protocol.TCP, Endpoint.of("192.0.2.100:" + clientPort), Endpoint.of(vip + ":80"),
                Endpoint.of("10.1.0.11:80"), ForwardingMethod.NAT, ConnectionState.ESTABLISHED, expires);
    }

    private int save(ConnectionEntry... entries) throws IOException {
        before.connections.addAll(List.of(entries));
        return saved().save(before, IpAddress.of(VIP)::equals, NOW);
    }

    private int restore(Duration age) throws Exception {
        return saved().restore(vip -> vip.equals(IpAddress.of(VIP)) ? "web" : null, this::take, NOW.plus(age));
    }

    private void take(String group, MemorySegment from, long at) {
        try {
            restored.add(group + " " + EntryCodec.decode(from, at));
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theNextProcessGetsEveryConnectionOfTheVipsOnce() throws Exception {
        var many = new ArrayList<ConnectionEntry>();
        for (int port = 1; port <= 1_500; port++) {
            many.add(entry(VIP, port, 900));
        }
        many.add(entry("192.0.2.99", 1, 900));
        assertThat(save(many.toArray(ConnectionEntry[]::new))).isEqualTo(1_500);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file()))).isEqualTo("rw-------");
        assertThat(restore(Duration.ofSeconds(2))).isEqualTo(1_500);
        assertThat(restored).hasSize(1_500).contains("web " + many.get(7));
        assertThat(restore(Duration.ofSeconds(2))).as("by a process that could not start before").isEqualTo(1_500);
        saved().forget();
        assertThat(file()).doesNotExist();
        assertThat(restore(Duration.ofSeconds(2))).isZero();
    }

    @Test
    void whatHasEndedMeanwhileOrIsOldStaysAway() throws Exception {
        assertThat(save(entry(VIP, 1, 5), entry(VIP, 2, 60))).isEqualTo(2);
        assertThat(restore(Duration.ofSeconds(30))).isEqualTo(1);
        assertThat(save()).isEqualTo(2);
        assertThat(restore(SavedConnections.AGE_MAX.plusSeconds(1))).isZero();
        assertThat(save()).isEqualTo(2);
        assertThat(restore(Duration.ofSeconds(-10))).as("of a clock that was set back").isZero();
    }

    @Test
    void withoutConnectionsThereIsNoFileNotEvenAnOldOne() throws Exception {
        Files.writeString(file(), "old");
        assertThat(saved().save(before, _ -> true, NOW)).isZero();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aFileThatIsCutOrChangedIsToldAndNothingOfItIsTaken() throws Exception {
        assertThat(save(entry(VIP, 1, 900), entry(VIP, 2, 900))).isEqualTo(2);
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> restore(Duration.ZERO)).isInstanceOf(IOException.class).hasMessageContaining(file().toString());
        }
        byte[] changed = whole.clone();
        changed[40] ^= 1;
        Files.write(file(), changed);
        assertThatThrownBy(() -> restore(Duration.ZERO)).hasMessageContaining("digest");
        assertThat(restored).isEmpty();
    }
}
