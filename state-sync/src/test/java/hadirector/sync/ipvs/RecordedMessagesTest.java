package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What a kernel really sent, byte by byte.
class RecordedMessagesTest {
    private static final List<byte[]> MESSAGES = load();

    private static List<byte[]> load() {
        try (var in = Objects.requireNonNull(RecordedMessagesTest.class.getResourceAsStream("linux-6.12.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static IpvsMessage message(int number) {
        return IpvsMessage.decode(MemorySegment.ofArray(MESSAGES.get(number)));
    }

    @Test
    void everyEntryIsRead() {
        assertThat(message(0).connections()).hasSize(33);
        assertThat(message(1).connections()).hasSize(30);
        assertThat(List.of(message(0), message(1)))
                .allSatisfy(message -> assertThat(message.refused()).isEmpty())
                .allSatisfy(message -> assertThat(message.syncId()).isEqualTo(7));
        assertThat(message(2)).isEqualTo(new IpvsMessage(7, List.of(), List.of(IpvsRefusal.VERSION_0)));
    }

    /// As the kernel listed them meanwhile (ipvsadm -Lcn): protocol, VIP, realserver, flags, state, timeout.
    @Test
    void theyAreTheConnectionsThatTheKernelHad() {
        assertThat(message(0).connections().stream().map(RecordedMessagesTest::line).distinct())
                .containsExactlyInAnyOrder(
                        "6 198.18.1.10:80 198.19.1.11:80 0 1 900",
                        "6 198.18.1.10:81 198.19.1.12:81 83 1 900",
                        "6 198.18.1.10:82 198.19.1.12:82 82 1 900",
                        "6 [2001:db8:1::10]:80 [2001:db8:11::11]:80 0 1 900",
                        "6 [2001:db8:1::10]:81 [2001:db8:11::12]:81 83 1 900",
                        "6 198.18.1.10:90 198.19.1.11:90 0 1 900",
                        "6 198.18.1.10:90 198.19.1.11:90 1100 0 300",
                        "6 198.18.1.10:90 198.19.1.11:90 1100 1 300",
                        "17 198.18.1.10:53 198.19.1.11:53 100 0 300",
                        "6 198.18.1.10:99 198.19.1.11:99 0 1 900");
        assertThat(message(1).connections().stream().map(RecordedMessagesTest::line))
                .contains("6 198.18.1.10:99 198.19.1.11:99 100 6 10");
    }

    private static String line(IpvsConnection said) {
        return "%d %s %s %x %d %d"
                .formatted(said.protocol(), said.virtual(), said.real(), said.flags(), said.state(), said.timeoutSeconds());
    }

    @Test
    void theSameConnectionsGiveTheSameBytes() {
        for (int number = 0; number < 2; number++) {
            var writer = new IpvsWriter(7, 1472);
            message(number).connections().forEach(connection -> assertThat(writer.add(connection)).isTrue());
            assertThat(writer.take()).isEqualTo(MESSAGES.get(number));
        }
    }

    @Test
    void aRecordedMessageThatIsCutShortIsRefused() {
        byte[] whole = MESSAGES.getFirst();
        for (int length = 0; length < whole.length; length++) {
            var cut = IpvsMessage.decode(MemorySegment.ofArray(whole).asSlice(0, length));
            assertThat(cut.connections()).isEmpty();
            assertThat(cut.refused()).containsExactly(IpvsRefusal.FORMAT);
        }
    }
}
