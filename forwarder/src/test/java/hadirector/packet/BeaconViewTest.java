package hadirector.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BeaconViewTest {
    private static final String VERSION_2 = "ffffffffffff 020000000001 88b5 48414431 02 03 0102030405060708 1112131415161718 00000007 "
            + "0006440a12345678 0000000000000009 01 6c6231 000102030405060708090a0b0c0d0e0f";
    private static final byte[] GOLDEN = HexFormat.of().parseHex(VERSION_2.replace(" ", ""));
    private static final int BODY = EthernetView.LENGTH;

    private static BeaconView write(MemorySegment to, long at, String name) {
        return BeaconView.write(
                to,
                at,
                0x0200_0000_0001L,
                0x0102030405060708L,
                0x1112131415161718L,
                7,
                0x0006440a12345678L,
                9,
                true,
                name);
    }

    @Test
    void version2IsWrittenAsPublishedAtAnyAlignment() {
        for (int at = 0; at < 8; at++) {
            var frame = MemorySegment.ofArray(new byte[200]);
            var beacon = write(frame, at, "lb1");
            for (int i = 0; i < BeaconView.SIGNATURE_LENGTH; i++) {
                beacon.signature().set(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
            assertThat(beacon.frameLength()).isEqualTo(GOLDEN.length);
            assertThat(frame.asSlice(at, GOLDEN.length).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(GOLDEN);
        }
    }

    @Test
    void version2IsReadAsPublishedAlsoWithPaddingBehind() {
        var frame = MemorySegment.ofArray(Arrays.copyOf(GOLDEN, GOLDEN.length + 5));
        assertThat(BeaconView.isAt(frame, BODY, frame.byteSize())).isTrue();
        var beacon = new BeaconView(frame, BODY);
        assertThat(beacon.cluster()).isEqualTo(0x0102030405060708L);
        assertThat(beacon.group()).isEqualTo(0x1112131415161718L);
        assertThat(beacon.epoch()).isEqualTo(7);
        assertThat(beacon.incarnation()).isEqualTo(0x0006440a12345678L);
        assertThat(beacon.sequence()).isEqualTo(9);
        assertThat(beacon.holds()).isTrue();
        assertThat(beacon.name()).isEqualTo("lb1");
        assertThat(beacon.signed().byteSize() + BODY + BeaconView.SIGNATURE_LENGTH).isEqualTo(GOLDEN.length);
    }

    @Test
    void aFarewellDiffersInOneByte() {
        var frame = MemorySegment.ofArray(GOLDEN.clone());
        frame.set(ValueLayout.JAVA_BYTE, BODY + 42, (byte) 0);
        assertThat(new BeaconView(frame, BODY).holds()).isFalse();
        var farewell = MemorySegment.ofArray(new byte[BeaconView.LENGTH_MAX]);
        BeaconView.write(farewell, 0, 0x0200_0000_0001L, 0x0102030405060708L, 0x1112131415161718L, 7, 0x0006440a12345678L, 9, false, "lb1");
        int signed = GOLDEN.length - BeaconView.SIGNATURE_LENGTH;
        assertThat(farewell.asSlice(0, signed).mismatch(frame.asSlice(0, signed))).isEqualTo(-1);
    }

    @Test
    void theLongestNameFitsAndNamesAreUtf8() {
        String name = "ä".repeat(BeaconView.NAME_MAX / 2);
        var frame = MemorySegment.ofArray(new byte[BeaconView.LENGTH_MAX]);
        var beacon = write(frame, 0, name);
        assertThat(beacon.frameLength()).isEqualTo(BeaconView.LENGTH_MAX);
        assertThat(BeaconView.isAt(frame, BODY, BeaconView.LENGTH_MAX)).isTrue();
        assertThat(beacon.name()).isEqualTo(name);
    }

    @Test
    void whatIsCutShortOrOfAnotherKindIsNone() {
        var frame = MemorySegment.ofArray(GOLDEN);
        for (int end = BODY; end < GOLDEN.length; end++) {
            assertThat(BeaconView.isAt(frame, BODY, end)).as("%d bytes", end).isFalse();
        }
        for (int at : new int[] {0, 3, 4, 5}) { // Magic, version, a longer name.
            byte[] other = GOLDEN.clone();
            other[BODY + at]++;
            assertThat(BeaconView.isAt(MemorySegment.ofArray(other), BODY, other.length)).as("byte %d", at).isFalse();
        }
        byte[] nameless = GOLDEN.clone();
        nameless[BODY + 5] = 0;
        assertThat(BeaconView.isAt(MemorySegment.ofArray(nameless), BODY, nameless.length)).isFalse();
    }

    @Test
    void idsArePartOfTheWireFormat() {
        assertThat(BeaconView.id("web")).isEqualTo(0x4b5e57f6eb2f42b9L);
    }

    @Test
    void bytesNearABeaconAreReadOrRefused() {
        var r = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = Arrays.copyOf(GOLDEN, r.nextInt(GOLDEN.length + 100));
            for (int changes = r.nextInt(4); changes > 0 && bytes.length > BODY; changes--) {
                bytes[BODY + r.nextInt(bytes.length - BODY)] = (byte) r.nextInt();
            }
            readsOrRefuses(bytes);
        }
    }

    @FuzzTest
    void anyBytesAreReadOrRefused(byte[] bytes) {
        readsOrRefuses(bytes);
    }

    private static void readsOrRefuses(byte[] bytes) {
        var frame = MemorySegment.ofArray(bytes);
        if (BeaconView.isAt(frame, BODY, bytes.length)) {
            var beacon = new BeaconView(frame, BODY);
            assertThat(beacon.name()).isNotEmpty();
            assertThat(beacon.signed().byteSize()).isPositive();
            assertThat(beacon.frameLength()).isLessThanOrEqualTo(bytes.length);
            assertThat(beacon.signature().byteSize()).isEqualTo(BeaconView.SIGNATURE_LENGTH);
            var again = MemorySegment.ofArray(new byte[BeaconView.LENGTH_MAX]);
            var written = BeaconView.write(
                    again, 0, 1, beacon.cluster(), beacon.group(), beacon.epoch(), beacon.incarnation(), beacon.sequence(), beacon.holds(), "x");
            assertThat(written.epoch()).isEqualTo(beacon.epoch());
            assertThat(written.sequence()).isEqualTo(beacon.sequence());
        }
    }
}
