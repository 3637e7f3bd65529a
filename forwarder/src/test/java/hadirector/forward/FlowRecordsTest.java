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
        FlowRecords.count(records, AT, 3, 4500, 99);
        // ~c000 + ~020a + 0a01 + 000b = 14800, folded 4801; ~0050 + 1f90 = 1f40; 4801 + feff = 4701.
        assertThat(hex(0, 12)).isEqualTo("02000000001102000000000a");
        assertThat(hex(16, 34)).isEqualTo("00000000000000000000ffff0a01000b" + "1f90");
        assertThat(hex(36, 42)).isEqualTo("4801" + "1f40" + "4701");
        assertThat(inNativeOrder().getInt(AT + 12)).isEqualTo(0x01020304);
        assertThat(inNativeOrder().getShort(AT + 34)).isEqualTo((short) FlowRecord.REWRITE_DESTINATION);
        assertThat(inNativeOrder().getInt(AT + 44)).isEqualTo(99);
        assertThat(inNativeOrder().getLong(AT + 48)).isEqualTo(3);
        assertThat(inNativeOrder().getLong(AT + 56)).isEqualTo(4500);
    }

    @Test
    void readsWhatItWrote() {
        FlowRecords.toClient(records, AT, 0x0a01000b, 8080, 0xc000020a, 80);
        assertThat(FlowRecords.ifindex(records, AT)).as("not resolved yet").isZero();
        FlowRecords.nextHop(records, AT, 0xfeff_ffff_ffffL, 1, 5);
        FlowRecords.count(records, AT, 45, 65535, -7);
        FlowRecords.count(records, AT, 1, 40, -6);
        assertThat(FlowRecords.ifindex(records, AT)).isEqualTo(5);
        assertThat(FlowRecords.destinationMac(records, AT)).isEqualTo(0xfeff_ffff_ffffL);
        assertThat(FlowRecords.address(records, AT)).isEqualTo(0xc000020a);
        assertThat(FlowRecords.port(records, AT)).isEqualTo(80);
        assertThat(FlowRecords.flags(records, AT)).isEqualTo(FlowRecord.REWRITE_SOURCE);
        assertThat(FlowRecords.packets(records, AT)).isEqualTo(46);
        assertThat(FlowRecords.bytes(records, AT)).isEqualTo(65575);
        assertThat(FlowRecords.lastSeen(records, AT)).isEqualTo(-6);
    }

    @Test
    void aNewConnectionTakesNothingOverButTheGeneration() {
        Arrays.fill(bytes, (byte) 0xee);
        FlowRecords.direct(records, AT);
        assertThat(hex(42, 44)).isEqualTo("eeee");
        assertThat(hex(0, 16)).isEqualTo("00".repeat(16));
        assertThat(hex(16, 42)).isEqualTo("00000000000000000000ffff00000000" + "0000" + "0000" + "0000" + "0000" + "feff");
        assertThat(hex(44, 64)).isEqualTo("00".repeat(20));
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
