package hadirector.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class DerTest {
    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void writesTheExamplesOfTheStandard() {
        assertThat(hex(Der.oid(1, 2, 840, 113549))).isEqualTo("06062a864886f70d"); // X.690, RSA's arc.
        assertThat(hex(Der.integer(BigInteger.valueOf(128)))).isEqualTo("02020080");
        assertThat(hex(Der.bits(4, (byte) 0x0a, (byte) 0x3b))).isEqualTo("0303040a3b");
        assertThat(hex(Der.yes())).isEqualTo("0101ff");
    }

    @Test
    void lengthsAreAsShortAsTheyCanBe() {
        assertThat(hex(Der.octets(new byte[127]))).startsWith("047f00");
        assertThat(hex(Der.octets(new byte[128]))).startsWith("04818000");
        assertThat(hex(Der.octets(new byte[256]))).startsWith("0482010000");
    }

    @Test
    void timesFrom2050OnHaveFourDigitsOfYear() {
        assertThat(new String(Der.time(Instant.parse("2049-12-31T23:59:59Z")), 2, 13, StandardCharsets.US_ASCII)).isEqualTo("491231235959Z");
        assertThat(new String(Der.time(Instant.parse("2050-01-01T00:00:00Z")), 2, 15, StandardCharsets.US_ASCII)).isEqualTo("20500101000000Z");
    }
}
