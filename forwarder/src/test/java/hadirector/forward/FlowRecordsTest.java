package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Invariant F7 of forwarder/DESIGN.md: the record as a BPF program reads it.
class FlowRecordsTest {
    private static final int AT = 64;

    private final byte[] bytes = new byte[3 * FlowRecord.LENGTH];
    private final MemorySegment records = MemorySegment.ofArray(bytes);

    @Test
    void aNatRecordKeepsItsPublishedBytes() {
        FlowRecords.toRealServer(records, AT, 0xc000020a, 80, 0x0a01000b, 8080);
        FlowRecords.nextHop(records, AT, 0x020000000011L, 0x02000000000aL, 0x01020304);
        FlowRecords.tunnel(records, AT, 0x1234);
        FlowRecords.mtu(records, AT, 1500);
        FlowRecords.flags(records, AT, FlowRecord.REWRITE_DESTINATION | FlowRecord.OFFLOAD);
        FlowRecords.touch(records, AT, 99);
        // ~c000 + ~020a + 0a01 + 000b = 14800, folded 4801; ~0050 + 1f90 = 1f40; 4801 + feff = 4701.
        assertThat(hex(0, 12)).isEqualTo("02000000001102000000000a");
        assertThat(hex(16, 34)).isEqualTo("00000000000000000000ffff0a01000b" + "1f90");
        assertThat(hex(36, 42)).isEqualTo("4801" + "1f40" + "4701");
        assertThat(inNativeOrder().getInt(AT + 12)).isEqualTo(0x01020304);
        assertThat(inNativeOrder().getShort(AT + 34)).isEqualTo((short) 5);
        assertThat(inNativeOrder().getInt(AT + 44)).isEqualTo(99);
        assertThat(inNativeOrder().getShort(AT + 50)).isEqualTo((short) 0x1234);
        assertThat(inNativeOrder().getShort(AT + 52)).isEqualTo((short) 1500);
    }

    @Test
    void readsWhatItWrote() {
        FlowRecords.toClient(records, AT, 0x0a01000b, 8080, 0xc000020a, 80);
        assertThat(FlowRecords.ifindex(records, AT)).as("not resolved yet").isZero();
        FlowRecords.nextHop(records, AT, 0xfeff_ffff_ffffL, 1, 5);
        FlowRecords.touch(records, AT, -6);
        FlowRecords.mtu(records, AT, 9_000);
        assertThat(FlowRecords.ifindex(records, AT)).isEqualTo(5);
        assertThat(FlowRecords.destinationMac(records, AT)).isEqualTo(0xfeff_ffff_ffffL);
        assertThat(FlowRecords.address(records, AT)).isEqualTo(0xc000020a);
        assertThat(FlowRecords.port(records, AT)).isEqualTo(80);
        assertThat(FlowRecords.flags(records, AT)).isEqualTo(FlowRecord.REWRITE_SOURCE);
        assertThat(FlowRecords.mtu(records, AT)).isEqualTo(9_000);
        assertThat(FlowRecords.lastSeen(records, AT)).isEqualTo(-6);
    }

    @Test
    void anIpv6RecordCarriesTheDifferenceOfAllWords() {
        FlowRecords.toRealServer(
                records, AT, 0x20010db8_00000000L, 0xa, 80, 0xfd000000_00000001L, 0x1_0000_0000_000bL, 8080);
        assertThat(hex(16, 34)).isEqualTo("fd0000000000000100010000" + "0000000b" + "1f90");
        // ~2001 + ~0db8 + ~000a + fd00 + 0001 + 0001 + 000b and ffff for each word that stays 0, folded: cf4a.
        assertThat(hex(36, 40)).isEqualTo("cf4a" + "1f40");
    }

    @Test
    void aNewConnectionTakesNothingOverButGroupAndServer() {
        Arrays.fill(bytes, (byte) 0xee);
        FlowRecords.direct(records, AT);
        assertThat(hex(42, 44)).isEqualTo("eeee");
        assertThat(hex(0, 16)).isEqualTo("00".repeat(16));
        assertThat(hex(16, 42)).isEqualTo("00000000000000000000ffff00000000" + "0000" + "0000" + "0000" + "0000" + "feff");
        assertThat(hex(44, 48)).isEqualTo("00".repeat(4));
        assertThat(hex(48, 50)).isEqualTo("eeee");
        assertThat(hex(50, 64)).isEqualTo("00".repeat(14));
        assertThat(HexFormat.of().formatHex(bytes, 0, AT)).isEqualTo("ee".repeat(AT));
        assertThat(HexFormat.of().formatHex(bytes, AT + 64, bytes.length)).isEqualTo("ee".repeat(64));
    }

    private String hex(int from, int to) {
        return HexFormat.of().formatHex(bytes, AT + from, AT + to);
    }

    private ByteBuffer inNativeOrder() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
