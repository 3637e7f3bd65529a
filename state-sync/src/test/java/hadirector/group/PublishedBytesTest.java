package hadirector.group;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.group.ClusterChannel.MessageKind;
import java.util.HexFormat;
import org.jgroups.util.ExtendedUUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.Test;

/// What this package puts around messages, as published. A change here breaks clusters of mixed versions.
class PublishedBytesTest {
    /// The first 8 bytes of the SHA-256 of "edge".
    private static final String EDGE = "a1cb100f57e971ca";
    private static final byte[] MESSAGE = {0x61, 0x62, 0x63, 0x64};
    private final Envelope envelope = new Envelope("edge");

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void anEnvelopeIsTheKindAndTheClustersHash() {
        assertThat(hex(envelope.around(MessageKind.SYNC.number(), MESSAGE, 3))).isEqualTo("01" + EDGE + "616263");
        assertThat(hex(envelope.around(MessageKind.CONTROL.number(), MESSAGE, 4))).isEqualTo("02" + EDGE + "61626364");
        assertThat(envelope.isOurs(HexFormat.of().parseHex("ffff01" + EDGE), 2)).isTrue();
        assertThat(envelope.isOurs(HexFormat.of().parseHex("ffff01" + EDGE.replace('0', '1')), 2)).isFalse();
    }

    @Test
    void aCountedMessageHasItsNumberInTheEnvelope() {
        byte[] counted = Counted.of(0x0102030405060708L, MESSAGE, 3);
        byte kind = (byte) (MessageKind.SYNC.number() | Counted.FLAG);
        assertThat(hex(envelope.around(kind, counted, counted.length))).isEqualTo("11" + EDGE + "0102030405060708" + "616263");
        assertThat(Counted.number(HexFormat.of().parseHex("ff0102030405060708"), 1)).isEqualTo(0x0102030405060708L);
    }

    @Test
    void anAcknowledgementIsANumberAlone() {
        byte[] upTo = Counted.of(5, new byte[0], 0);
        assertThat(hex(envelope.around(Counted.ACKNOWLEDGED, upTo, upTo.length))).isEqualTo("03" + EDGE + "0000000000000005");
    }

    /// JGroups' part of it is random.
    @Test
    void anAddressCarriesItsDirectorsNameAndStart() throws Exception {
        var address = DirectorAddress.of("lb1", 0x0102030405060708L);
        byte[] bytes = Util.streamableToByteBuffer((ExtendedUUID) address);
        assertThat(hex(bytes)).endsWith("0002" + "086469726563746f72" + "036c6231" + "0372756e" + "080102030405060708");
        var read = Util.streamableFromByteBuffer(ExtendedUUID::new, bytes);
        assertThat(DirectorAddress.name(read)).isEqualTo("lb1");
        assertThat(DirectorAddress.run(read)).isEqualTo(0x0102030405060708L);
    }
}
