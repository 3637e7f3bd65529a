package hadirector.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.conn.Change;
import hadirector.conn.EntryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SyncHeaderTest {
    private final byte[] bytes = new byte[3 + SyncHeader.LENGTH + 2 * ChangeRecord.LENGTH];
    private final MemorySegment wire = MemorySegment.ofArray(bytes);

    @RepeatedTest(300)
    void decodesWhatItEncodedAtAnyAlignment(RepetitionInfo run) throws WireFormatException {
        var r = new Random(run.getCurrentRepetition()); // The seed is the number in the test's name.
        var sent = new SyncHeader(
                r.nextInt(0x100),
                r.nextInt(3),
                r.nextInt(),
                r.nextInt(),
                r.nextInt(),
                r.nextInt(),
                r.nextLong());
        int at = r.nextInt(4);
        sent.encode(wire, at);
        assertThat(SyncHeader.decode(wire, at, bytes.length - at)).isEqualTo(sent);
    }

    /// Version 1 as published. A change here breaks clusters of mixed versions.
    @Test
    void keepsItsPublishedBytes() {
        new SyncHeader(SyncHeader.CHANGES, 2, 0xca11ab1e, 0x6e4f0011, 7, 0x51aea301, 0x0102030405060708L)
                .encode(wire, 0);
        assertThat(HexFormat.of().formatHex(bytes, 0, SyncHeader.LENGTH))
                .isEqualTo("01020002" + "ca11ab1e" + "6e4f0011" + "00000007" + "51aea301" + "00000000"
                        + "0102030405060708");
    }

    /// What a receiver says, each with what makes a stale one known: stream and sequence, or group and epoch.
    @Test
    void whatTheReceiverSaysKeepsItsPublishedBytes() {
        assertThat(bytesOf(new SyncHeader(SyncHeader.ACK, 0, 0xca11ab1e, 0x6e4f0011, 8, 0x51aea301, 9)))
                .isEqualTo("01800000" + "ca11ab1e" + "6e4f0011" + "00000008" + "51aea301" + "00000000" + "0000000000000009");
        assertThat(bytesOf(new SyncHeader(SyncHeader.RESYNC, 0, 0xca11ab1e, 0, 0, 0x51aea301, 9)))
                .isEqualTo("01810000" + "ca11ab1e" + "00000000" + "00000000" + "51aea301" + "00000000" + "0000000000000009");
        assertThat(bytesOf(new SyncHeader(SyncHeader.SNAPSHOT_REQUEST, 0, 0xca11ab1e, 0x6e4f0011, 8, 0, 0)))
                .isEqualTo("01820000" + "ca11ab1e" + "6e4f0011" + "00000008" + "00000000" + "00000000" + "0000000000000000");
        assertThat(bytesOf(new SyncHeader(SyncHeader.SHARD_REQUEST, 0, 0xca11ab1e, 0x6e4f0011, 8, 0, 63)))
                .isEqualTo("01830000" + "ca11ab1e" + "6e4f0011" + "00000008" + "00000000" + "00000000" + "000000000000003f");
    }

    /// Behind the records; a message of an early build has none.
    @Test
    void thePositionKeepsItsPublishedBytes() {
        var header = new SyncHeader(SyncHeader.CHANGES, 1, 0, 0, 0, 0, 0);
        header.encodePosition(0x0102030405060708L, wire, 0);
        int end = SyncHeader.LENGTH + ChangeRecord.LENGTH;
        assertThat(HexFormat.of().formatHex(bytes, end, end + SyncHeader.POSITION)).isEqualTo("0102030405060708");
        assertThat(header.position(wire, 0)).isEqualTo(0x0102030405060708L);
        assertThat(header.position(wire.asSlice(0, end + 7), 0)).isZero();
    }

    private String bytesOf(SyncHeader header) {
        header.encode(wire, 0);
        return HexFormat.of().formatHex(bytes, 0, SyncHeader.LENGTH);
    }

    /// Numbers as published; they are never reused.
    @Test
    void keepsItsPublishedNumbers() {
        assertThat(new int[] {
                    SyncHeader.HELLO,
                    SyncHeader.CHANGES,
                    SyncHeader.ACK,
                    SyncHeader.RESYNC,
                    SyncHeader.SNAPSHOT_REQUEST,
                    SyncHeader.SHARD_REQUEST
                })
                .containsExactly(1, 2, 128, 129, 130, 131);
        assertThat(new int[] {
                    Change.UPSERT,
                    Change.DELETE,
                    Change.SNAPSHOT_BEGIN,
                    Change.SNAPSHOT_ENTRY,
                    Change.SNAPSHOT_END,
                    Change.HANDOVER
                })
                .containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void clearsReservedBytesAndIgnoresThemWhenRead() throws WireFormatException {
        wire.fill((byte) -1);
        var sent = new SyncHeader(SyncHeader.ACK, 0, 1, 2, 3, 4, 5);
        sent.encode(wire, 0);
        assertThat(wire.get(ValueLayout.JAVA_INT_UNALIGNED, 20)).isZero();
        wire.set(ValueLayout.JAVA_INT_UNALIGNED, 20, 99);
        assertThat(SyncHeader.decode(wire, 0, bytes.length)).isEqualTo(sent);
    }

    @Test
    void refusesWhatItCannotRead() {
        new SyncHeader(SyncHeader.CHANGES, 2, 0, 0, 0, 0, 0).encode(wire, 0);
        assertThatThrownBy(() -> SyncHeader.decode(wire, 0, 31)).hasMessage("sync message of 31 bytes");
        assertThatThrownBy(() -> SyncHeader.decode(wire, 0, 32 + 127))
                .hasMessage("sync message of 159 bytes for 2 records");
        wire.set(ValueLayout.JAVA_BYTE, 0, (byte) 200);
        assertThatThrownBy(() -> SyncHeader.decode(wire, 0, bytes.length))
                .isInstanceOf(WireFormatException.class)
                .hasMessage("sync message of version 200");
    }

    @Test
    void kindsBelow128AreCountedInTheirStream() {
        assertThat(new SyncHeader(SyncHeader.CHANGES, 0, 0, 0, 0, 0, 0).counted()).isTrue();
        assertThat(new SyncHeader(127, 0, 0, 0, 0, 0, 0).counted()).isTrue();
        assertThat(new SyncHeader(SyncHeader.ACK, 0, 0, 0, 0, 0, 0).counted()).isFalse();
    }

    /// An entry as published, with its change in the reserved byte 60.
    @Test
    void aRecordIsTheEntryWithItsChange() {
        byte[] entry = new byte[EntryLayout.LENGTH];
        for (int i = 0; i < EntryLayout.CHANGE; i++) {
            entry[i] = (byte) i;
        }
        ChangeRecord.encode(Change.SNAPSHOT_ENTRY, MemorySegment.ofArray(entry), 0, wire, 1);
        assertThat(HexFormat.of().formatHex(bytes, 1, 1 + ChangeRecord.LENGTH))
                .isEqualTo("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                        + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b04000000");
        assertThat(ChangeRecord.change(wire, 1)).isEqualTo(Change.SNAPSHOT_ENTRY);
    }

    @Test
    void aChangeThatTheReceiverMakesItselfIsNotKnownOnTheWire() {
        assertThat(ChangeRecord.isKnown(Change.HANDOVER)).isTrue();
        assertThat(ChangeRecord.isKnown(Change.UPSERT_IF_ABSENT)).isFalse();
        assertThat(ChangeRecord.isKnown(0)).isFalse();
    }
}
