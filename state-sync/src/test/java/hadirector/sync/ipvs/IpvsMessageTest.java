package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpvsMessageTest {
    /// An entry of 36 bytes, as the kernel's source lays it out.
    private static final String ENTRY =
            "00" + "06" + "0024" + "00000100" + "0001" + "c350" + "0050" + "1f90" + "00000000" + "00000384"
                    + "c6120164" + "c612010a" + "c613010b";

    private static final IpvsConnection CONNECTION = new IpvsConnection(
            6,
            Endpoint.of("198.18.1.100:50000"),
            Endpoint.of("198.18.1.10:80"),
            Endpoint.of("198.19.1.11:8080"),
            IpvsConnection.INACTIVE,
            1,
            0,
            900,
            false);

    @Test
    void readsAnEntryOfTheKernel() {
        assertThat(decode(message(7, ENTRY))).isEqualTo(new IpvsMessage(7, List.of(CONNECTION), List.of()));
    }

    @Test
    void writesTheSameBytes() {
        var writer = new IpvsWriter(7, 1472);
        assertThat(writer.add(CONNECTION)).isTrue();
        assertThat(HexFormat.of().formatHex(writer.take())).isEqualTo(message(7, ENTRY));
        assertThat(writer.isEmpty()).isTrue();
    }

    @RepeatedTest(200)
    void readsWhatItWrote(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var written = new ArrayList<IpvsConnection>();
        var writer = new IpvsWriter(random.nextInt(256), 100 + random.nextInt(1400));
        for (var next = any(random); writer.add(next); next = any(random)) {
            written.add(next);
        }
        assertThat(IpvsMessage.decode(MemorySegment.ofArray(writer.take())).connections()).isEqualTo(written);
    }

    @Test
    void aMessageHasNoMoreEntriesThanItsByteCanCount() {
        var writer = new IpvsWriter(0, 65_507);
        for (int i = 0; i < 255; i++) {
            assertThat(writer.add(CONNECTION)).isTrue();
        }
        assertThat(writer.add(CONNECTION)).isFalse();
        assertThat(IpvsMessage.decode(MemorySegment.ofArray(writer.take())).connections()).hasSize(255);
    }

    /// An entry's bytes count its parameters, and the next begins at a multiple of 4.
    @Test
    void parametersArePaddedToTheNextEntry() {
        String sequence = "0118" + "00000001" + "00000000" + "00000000" + "00000002" + "00000000" + "00000000";
        assertThat(decode(message(0, ENTRY.replace("060024", "06003e") + sequence + "0000", ENTRY)).connections())
                .containsExactly(CONNECTION, CONNECTION);
    }

    @ParameterizedTest
    @CsvSource({
        "01180000000000000000000000010000000000000000" + "00000000, true",
        "0118000000000000000000000000000000000000000500000000, true",
        "0118000000090000000000000000000000090000000000000000, false",
        "0118000000090000000000000007000000090000000000000000, true",
        "4118000000090000000000000007000000090000000000000000, true",
    })
    void shiftedSequenceNumbersShow(String parameter, boolean translated) {
        var said = decode(message(0, ENTRY.replace("060024", "06003e") + parameter));
        assertThat(said.connections()).extracting(IpvsConnection::translated).containsExactly(translated);
    }

    @Test
    void aPersistenceEnginesParametersAreLeftAside() {
        String data = "0204" + "61626364" + "0303" + "736970";
        assertThat(decode(message(0, ENTRY.replace("060024", "06002f") + data + "00", ENTRY)).connections()).hasSize(2);
    }

    @Test
    void anUnknownParameterCostsItsEntryOnlyIfItIsMandatory() {
        String optional = ENTRY.replace("060024", "060028") + "4a02" + "0000";
        String mandatory = ENTRY.replace("060024", "060028") + "0a02" + "0000";
        var said = decode(message(0, optional, mandatory, ENTRY));
        assertThat(said.connections()).hasSize(2);
        assertThat(said.refused()).containsExactly(IpvsRefusal.PARAMETER);
    }

    /// What stood before a mistake is taken, what stands behind it is not.
    @ParameterizedTest
    @CsvSource({
        "060024, 061024", // An entry of another version.
        "060024, 060023", // Too short for what it is.
        "060024, 060100", // Longer than the message.
        "00060024, 02060024", // Of another type.
        "00060024, 01060024", // IPv6 has more bytes.
        "060024, 060025", // A parameter without a length.
    })
    void aMistakeEndsTheMessage(String right, String wrong) {
        String broken = (ENTRY + "00000000").replaceFirst(right, wrong);
        var said = decode(message(0, ENTRY, broken, ENTRY));
        assertThat(said.connections()).containsExactly(CONNECTION);
        assertThat(said.refused()).containsExactly(IpvsRefusal.FORMAT);
    }

    @Test
    void aMessageOfVersionZeroIsCalledByItsName() {
        String entry0 = "0006" + "c350" + "0050" + "1f90" + "c6120164" + "c612010a" + "c613010b" + "0100" + "0001";
        var said = decode("0107" + "001c" + entry0);
        assertThat(said).isEqualTo(new IpvsMessage(7, List.of(), List.of(IpvsRefusal.VERSION_0)));
    }

    @Test
    void aLengthThatIsNotItsOwnIsRefused() {
        String whole = message(7, ENTRY);
        assertThat(decode(whole + "00").refused()).containsExactly(IpvsRefusal.FORMAT);
        for (int cut = 0; cut < whole.length(); cut += 2) {
            assertThat(decode(whole.substring(0, cut)).refused()).containsExactly(IpvsRefusal.FORMAT);
        }
        assertThat(decode("000700").syncId()).isEqualTo(-1);
    }

    static String message(int syncId, String... entries) {
        int length = 8 + Arrays.stream(entries).mapToInt(String::length).sum() / 2;
        return "00%02x%04x%02x010000".formatted(syncId, length, entries.length) + String.join("", entries);
    }

    private static IpvsMessage decode(String hex) {
        return IpvsMessage.decode(MemorySegment.ofArray(HexFormat.of().parseHex(hex)));
    }

    private static IpvsConnection any(Random random) {
        boolean v6 = random.nextBoolean();
        return new IpvsConnection(
                random.nextInt(256),
                endpoint(random, v6),
                endpoint(random, v6),
                endpoint(random, v6),
                random.nextInt() & IpvsConnection.FLAGS,
                random.nextInt(1 << 16),
                random.nextInt(),
                random.nextInt(Integer.MAX_VALUE),
                false);
    }

    private static Endpoint endpoint(Random random, boolean v6) {
        var address = v6 ? new IpAddress(0x20010db800000000L, random.nextLong()) : IpAddress.v4(random.nextInt());
        return new Endpoint(address, random.nextInt(1 << 16));
    }
}
