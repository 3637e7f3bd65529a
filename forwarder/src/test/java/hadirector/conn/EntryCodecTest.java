package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class EntryCodecTest {
    private static final ConnectionEntry V4 = new ConnectionEntry(
            Protocol.TCP,
            Endpoint.of("198.51.100.7:51234"),
            Endpoint.of("192.0.2.10:80"),
            Endpoint.of("10.1.0.11:8080"),
            ForwardingMethod.DIRECT_ROUTING,
            ConnectionState.ESTABLISHED,
            899);

    private static final ConnectionEntry V6 = new ConnectionEntry(
            Protocol.UDP,
            Endpoint.of("[2001:db8::7]:51234"),
            Endpoint.of("[2001:db8::10]:53"),
            Endpoint.of("10.1.0.11:53"),
            ForwardingMethod.TUNNEL,
            ConnectionState.UDP,
            300);

    private final MemorySegment wire = MemorySegment.ofArray(new byte[EntryLayout.LENGTH + 7]);

    @RepeatedTest(300)
    void decodesWhatItEncodedAtAnyAlignment(RepetitionInfo run) throws MalformedEntryException {
        var r = new Random(run.getCurrentRepetition());
        boolean udp = r.nextBoolean();
        boolean v4 = r.nextBoolean();
        var entry = new ConnectionEntry(
                udp ? Protocol.UDP : Protocol.TCP,
                endpoint(r, v4),
                endpoint(r, v4),
                endpoint(r, r.nextBoolean()),
                List.of(ForwardingMethod.values()).get(r.nextInt(3)),
                udp ? ConnectionState.UDP : ConnectionState.of(r.nextInt(ConnectionState.UDP.number())),
                r.nextInt(0x10000));
        int at = r.nextInt(8);
        EntryCodec.encode(entry, wire, at);
        assertThat(EntryCodec.decode(wire, at)).isEqualTo(entry);
    }

    private static Endpoint endpoint(Random r, boolean v4) {
        var address = v4 ? IpAddress.v4(r.nextInt()) : new IpAddress(r.nextLong() | 1, r.nextLong());
        return new Endpoint(address, r.nextInt(0x10000));
    }

    /// Version 1 as published. A change here breaks clusters of mixed versions.
    @Test
    void keepsItsPublishedBytes() {
        EntryCodec.encode(V4, wire, 0);
        assertThat(hex())
                .isEqualTo("00000000000000000000ffffc6336407" // 198.51.100.7
                        + "00000000000000000000ffffc000020a" // 192.0.2.10
                        + "00000000000000000000ffff0a01000b" // 10.1.0.11
                        + "c82200501f900601" // ports, TCP, ESTABLISHED
                        + "0003038300000000"); // DR, 899 s
        assertThat(EntryCodec.digest(wire, 0)).isEqualTo(2_544_758_567_393_971_685L);
    }

    @Test
    void keepsThePublishedBytesOfIpv6AndUdp() {
        EntryCodec.encode(V6, wire, 0);
        assertThat(hex())
                .isEqualTo("20010db8000000000000000000000007" // client
                        + "20010db8000000000000000000000010" // VIP
                        + "00000000000000000000ffff0a01000b" // 10.1.0.11, through a tunnel
                        + "c82200350035110b" // ports, UDP
                        + "0002012c00000000"); // Tun, 300 s
        assertThat(EntryCodec.digest(wire, 0)).isEqualTo(-3_498_095_020_545_911_273L);
    }

    @Test
    void keepsThePublishedBytesOfASnapshotsEnd() {
        EntryCodec.encodeEnd(0x01020304, 0x1112131415161718L, wire, 0);
        assertThat(hex()).isEqualTo("01020304" + "00000000" + "1112131415161718" + "00".repeat(48));
    }

    @Test
    void aTableWritesTheSameBytes() {
        try (var test = new TestTable(4, 1, 0)) {
            int group = test.groups.index(TestTable.GROUP_ID);
            int slot = test.table.insert(
                    6, 0xc6336407, 51_234, 0xc000020a, 80, 0x0a01000b, 8080, 3, 1, 65_535, 65_535, group,
                    900 * TestTable.SECOND, 0);
            EntryCodec.encode(V4, wire, 0);
            var published = hex();
            wire.fill((byte) -1);
            test.table.encode(slot, 1, wire, 0);
            assertThat(hex()).isEqualTo(published);
            assertThat(test.table.entry(slot, 1)).isEqualTo(V4);
        }
    }

    @Test
    void aTimeoutTooLongForTheWireIsItsLongest() throws MalformedEntryException {
        try (var test = new TestTable(4, 1, 0)) {
            int slot = test.table.insert(
                    6, 1, 2, 3, 4, 5, 6, 0, 1, 0, 0, test.groups.index(1), 100_000 * TestTable.SECOND, 0);
            test.table.encode(slot, 0, wire, 0);
            assertThat(EntryCodec.decode(wire, 0).expiresSeconds()).isEqualTo(65_535);
            test.table.encode(slot, 200_000 * TestTable.SECOND, wire, 0);
            assertThat(EntryCodec.decode(wire, 0).expiresSeconds()).isZero();
        }
    }

    @Test
    void refusesWhatIsNoEntry() {
        assertRefused("entry of 63 bytes", 8);
        refuse(EntryLayout.PROTOCOL, 1, "entry of protocol 1");
        refuse(EntryLayout.STATE, 12, "entry of protocol 6 in state 12");
        refuse(EntryLayout.STATE, 11, "entry of protocol 6 in state 11");
        refuse(EntryLayout.PROTOCOL, 17, "entry of protocol 17 in state 1");
        refuse(EntryLayout.FLAGS + 1, 5, "entry of forwarding method 5");
        refuse(EntryLayout.CLIENT, 32, "entry with client and VIP of different families");
    }

    private void refuse(long field, int value, String message) {
        EntryCodec.encode(V4, wire, 0);
        wire.set(ValueLayout.JAVA_BYTE, field, (byte) value);
        assertRefused(message, 0);
    }

    private void assertRefused(String message, long at) {
        assertThat(EntryCodec.problem(wire, at)).hasValue(message);
        assertThatThrownBy(() -> EntryCodec.decode(wire, at))
                .isInstanceOf(MalformedEntryException.class)
                .hasMessage(message);
    }

    private String hex() {
        return HexFormat.of().formatHex(wire.asSlice(0, EntryLayout.LENGTH).toArray(ValueLayout.JAVA_BYTE));
    }
}
