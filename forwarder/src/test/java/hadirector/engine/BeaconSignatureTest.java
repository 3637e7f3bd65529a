package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.packet.BeaconView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;

class BeaconSignatureTest {
    private static final SecretKey OLD = BeaconIdentity.key("old secret".getBytes(StandardCharsets.UTF_8));
    private static final SecretKey NEW = BeaconIdentity.key("new secret".getBytes(StandardCharsets.UTF_8));

    private static BeaconView beacon() {
        return BeaconView.write(MemorySegment.ofArray(new byte[BeaconView.LENGTH_MAX]), 0, 1, 2, 3, 4, 5, 6, true, "lb1");
    }

    private static BeaconSignature by(SecretKey key) {
        return new BeaconSignature(key);
    }

    @Test
    void theSignatureIsThatOfVersion2() {
        var beacon = beacon();
        by(OLD).sign(beacon);
        assertThat(HexFormat.of().formatHex(beacon.signature().toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo("6516e922deb95cfc5afc4a578aea3ce4");
    }

    @Test
    void noBitThatIsSignedCanChange() {
        var beacon = beacon();
        by(OLD).sign(beacon);
        assertThat(by(OLD).isRight(beacon)).isTrue();
        for (long at = 0; at < beacon.signed().byteSize() + BeaconView.SIGNATURE_LENGTH; at++) {
            if (at == 5) {
                continue; // Another length of the name moves the signature; the bytes of it change as well.
            }
            var bytes = beacon.frame().asSlice(beacon.at() + at, 1);
            byte before = bytes.get(ValueLayout.JAVA_BYTE, 0);
            bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) (before ^ 0x10));
            assertThat(by(OLD).isRight(beacon)).as("byte %d", at).isFalse();
            bytes.set(ValueLayout.JAVA_BYTE, 0, before);
        }
        assertThat(by(OLD).isRight(beacon)).isTrue();
    }

    @Test
    void anotherKeyDoesNotBelieveIt() {
        var beacon = beacon();
        by(OLD).sign(beacon);
        assertThat(by(NEW).isRight(beacon)).isFalse();
    }

    @Test
    void anIdentityNeedsANameThatFitsAndAKey() {
        byte[] secret = {1};
        assertThatThrownBy(() -> BeaconIdentity.of("c", "", secret)).hasMessageContaining("0 bytes");
        assertThatThrownBy(() -> BeaconIdentity.of("c", "ä".repeat(33), secret)).hasMessageContaining("66 bytes");
        assertThatThrownBy(() -> new BeaconIdentity("c", "lb1", List.of())).hasMessageContaining("no key");
        assertThat(BeaconIdentity.of("c", "ä".repeat(32), secret).keys()).hasSize(1);
        assertThat(BeaconIdentity.open("c", "lb1").keys()).isNotEqualTo(BeaconIdentity.open("d", "lb1").keys());
    }
}
