package hadirector.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.model.Endpoint;
import hadirector.role.FailoverRequest.Outcome;
import hadirector.role.RefusedMessage.Reason;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoleCodecTest {
    private static final Standing STANDING =
            new Standing("lb1", "web", 0x0102030405060708L, Role.Kind.ACTIVE, 7, "lb1", true, "", 6, 0x1112131415161718L, 100, 0xcafe);
    private static final List<RoleMessage> MESSAGES =
            List.of(
                    new RoleMessage.Told(STANDING),
                    new RoleMessage.Told(Standing.stranger("lb2", "wéb", 5, 1)),
                    new RoleMessage.Ask("web", new FailoverRequest("lb1", 9, Optional.of("lb2"), true)),
                    new RoleMessage.Ask("web", new FailoverRequest("lb1", 9, Optional.empty(), false)),
                    new RoleMessage.Answered("web", 9, new Outcome.Moved("lb2", 8, 12_345_678_901L)),
                    new RoleMessage.Answered("web", 9, new Outcome.Refused("x".repeat(1000))),
                    new RoleMessage.ServerOverride("shop", Endpoint.of("10.1.0.11:80"), true, 77),
                    new RoleMessage.ServerOverride("shop", Endpoint.of("[2001:db8::1]:65535"), false, 78));

    private final RoleCodec codec = new RoleCodec("edge");

    @Test
    void readsWhatItWroteAtAnyOffset() throws RefusedMessage {
        for (var message : MESSAGES) {
            byte[] bytes = codec.encode(message);
            byte[] shifted = new byte[bytes.length + 5];
            System.arraycopy(bytes, 0, shifted, 3, bytes.length);
            assertThat(codec.decode(shifted, 3, bytes.length)).isEqualTo(message);
        }
    }

    /// Version 1 as published. A change here breaks clusters of mixed versions.
    @Test
    void keepsItsPublishedBytes() {
        assertThat(hex(new RoleMessage.Told(STANDING)))
                .isEqualTo(
                        "0101000056f6d83c" + "0102030405060708" + "00000007" + "00000006" + "00000064" + "0000cafe"
                                + "02010000" + "00036c6231" + "0003776562" + "00036c6231" + "0000"
                                + "1112131415161718");
        assertThat(hex(MESSAGES.get(2)))
                .isEqualTo("0102000056f6d83c" + "0000000000000009" + "03" + "0003776562" + "00036c6231" + "00036c6232");
        assertThat(hex(MESSAGES.get(4)))
                .isEqualTo(
                        "0103000056f6d83c" + "0000000000000009" + "00000008" + "00000002dfdc1c35"
                                + "0003776562" + "00036c6232");
        assertThat(hex(new RoleMessage.Answered("web", 1, new Outcome.Refused("no"))))
                .isEqualTo("0104000056f6d83c" + "0000000000000001" + "0003776562" + "00026e6f");
        assertThat(hex(MESSAGES.get(6)))
                .isEqualTo(
                        "0105000056f6d83c" + "000000000000004d" + "01" + "0000000000000000" + "0000ffff0a01000b"
                                + "0050" + "000473686f70");
        assertThat(hex(new RoleMessage.Takeover("{\"a\":\"é\"}"))).isEqualTo("0106000056f6d83c" + "7b2261223a22c3a9227d");
    }

    private String hex(RoleMessage message) {
        return HexFormat.of().formatHex(codec.encode(message));
    }

    @Test
    void ignoresFieldsOfALaterVersionAtTheEnd() throws RefusedMessage {
        for (var message : MESSAGES) {
            byte[] bytes = codec.encode(message);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 9);
            assertThat(codec.decode(longer, 0, longer.length)).isEqualTo(message);
        }
    }

    @Test
    void refusesEveryMessageThatIsCutShort() {
        for (var message : MESSAGES) {
            byte[] bytes = codec.encode(message);
            int early = message instanceof RoleMessage.Told ? bytes.length - Long.BYTES : -1;
            for (int length = 0; length < bytes.length; length++) {
                if (length != early) {
                    refuses(Arrays.copyOf(bytes, length), Reason.MALFORMED);
                }
            }
        }
    }

    @Test
    void aStandingOfAnEarlyBuildHasNoPosition() throws RefusedMessage {
        byte[] bytes = codec.encode(MESSAGES.getFirst());
        assertThat(codec.decode(bytes, 0, bytes.length - Long.BYTES))
                .isInstanceOfSatisfying(RoleMessage.Told.class, told -> assertThat(told.standing().position()).isEqualTo(Standing.UNKNOWN));
    }

    @Test
    void refusesOtherVersionsKindsAndClusters() {
        byte[] bytes = codec.encode(MESSAGES.getFirst());
        refuses(with(bytes, 0, 2), Reason.VERSION);
        refuses(with(bytes, 1, 99), Reason.KIND);
        refuses(new RoleCodec("staging").encode(MESSAGES.getFirst()), Reason.CLUSTER);
        refuses(with(bytes, 16, 0xff), Reason.MALFORMED);
        refuses(with(bytes, 32, 9), Reason.MALFORMED);
        refuses(with(bytes, 38, 0xff), Reason.MALFORMED);
    }

    @Test
    void refusesRandomBytesInNoOtherWayThanByItsException() {
        var random = new Random(1);
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = codec.encode(MESSAGES.get(run % MESSAGES.size()));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                codec.encode(codec.decode(bytes, 0, bytes.length));
            } catch (RefusedMessage e) {
                assertThat(e).hasMessageMatching(".+");
            }
        }
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private void refuses(byte[] bytes, Reason reason) {
        assertThatThrownBy(() -> codec.decode(bytes, 0, bytes.length))
                .isInstanceOfSatisfying(
                        RefusedMessage.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
