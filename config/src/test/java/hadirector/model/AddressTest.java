package hadirector.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.10, 192.0.2.10",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        // RFC 5952: lower case, no leading zeros, the longest run of zeros is cut, the first of equals, not a single one.
        "2001:DB8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "::ffff:192.0.2.1, 192.0.2.1",
        "2001:db8::192.0.2.1, 2001:db8::c000:201",
    })
    void formatsWhatItParsed(String text, String canonical) {
        assertThat(IpAddress.of(text)).hasToString(canonical);
        assertThat(IpAddress.of(canonical)).isEqualTo(IpAddress.of(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.2.-1", "1", "0x7f.0.0.1", "localhost", "::1%lo", "fe80::1%1",
        ":::", "1::2::3", "12345::", "[::1]", "2001:db8::1/64", "192.0.2.1 ", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "a:b",
    })
    void refusesWhatIsNoAddress(String text) {
        assertThat(IpAddress.parse(text)).isEmpty();
        assertThatThrownBy(() -> IpAddress.of(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(text);
    }

    @RepeatedTest(200)
    void everyAddressSurvivesItsText(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var v6 = new IpAddress(sparse(random), sparse(random));
        var v4 = IpAddress.v4(random.nextInt());
        assertThat(IpAddress.of(v6.toString())).isEqualTo(v6);
        assertThat(IpAddress.of(v4.toString())).isEqualTo(v4);
    }

    /// Whole groups of zeros are common in it.
    private static long sparse(Random random) {
        long bits = random.nextLong();
        for (int group = 0; group < 4; group++) {
            bits &= random.nextBoolean() ? -1L : ~(0xffffL << (16 * group));
        }
        return bits;
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.0.1, 10.1.0.254, 24, true",
        "10.1.0.1, 10.1.1.1, 24, false",
        "10.1.0.1, 10.1.0.1, 32, true",
        "10.1.0.0, 10.1.0.1, 32, false",
        "10.1.0.0, 10.1.0.1, 31, true",
        "10.0.0.1, 192.0.2.1, 0, true",
        "2001:db8::1, 2001:db8::ffff, 64, true",
        "2001:db8:0:1::1, 2001:db8::1, 64, false",
        "2001:db8:0:1::1, 2001:db8::1, 63, true",
        "2001:db8::1, 2001:db8::2, 128, false",
        "2001:db8::1, 2001:db8::1, 128, true",
        "2001:db8::8000:0:0:1, 2001:db8::1, 65, false",
        "::, 192.0.2.1, 0, false",
    })
    void knowsThePrefixTheyShare(String a, String b, int length, boolean same) {
        assertThat(IpAddress.of(a).samePrefix(IpAddress.of(b), length)).isEqualTo(same);
        assertThat(IpAddress.of(b).samePrefix(IpAddress.of(a), length)).isEqualTo(same);
    }

    @Test
    void comparesAsUnsignedNumbers() {
        var sorted = Stream.of("0.0.0.1", "10.0.0.2", "192.0.2.1", "255.0.0.0", "2001:db8::", "fe80::1").map(IpAddress::of).toList();
        assertThat(sorted.reversed().stream().sorted()).isEqualTo(sorted);
        assertThat(Stream.of("192.0.2.1:90", "192.0.2.1:80", "10.0.0.1:99").map(Endpoint::of).sorted().map(Endpoint::toString))
                .isEqualTo(List.of("10.0.0.1:99", "192.0.2.1:80", "192.0.2.1:90"));
    }

    @Test
    void givesItsIpv4ValueOnlyIfItIsOne() {
        assertThat(IpAddress.of("10.0.0.1").v4()).isEqualTo(0x0a000001);
        assertThat(IpAddress.of("10.0.0.1").bits()).isEqualTo(32);
        assertThat(IpAddress.of("::1").bits()).isEqualTo(128);
        assertThatThrownBy(() -> IpAddress.of("::1").v4()).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.1.0.11:80", "0.0.0.0:0", "[2001:db8::11]:65535", "[::]:9620"})
    void anEndpointFormatsWhatItParsed(String text) {
        assertThat(Endpoint.of(text)).hasToString(text);
        assertThat(Endpoint.of(text).toSocketAddress().getPort()).isEqualTo(Endpoint.of(text).port());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", ":80", "80", "10.1.0.11", "10.1.0.11:", "10.1.0.11:x", "10.1.0.11:-1", "10.1.0.11:65536", "10.1.0.11:100000",
        "2001:db8::11:80", "[2001:db8::11]", "[10.1.0.11]:80", "host:80", "[]:80", "10.1.0.11 :80",
    })
    void refusesWhatIsNoEndpoint(String text) {
        assertThat(Endpoint.parse(text)).isEmpty();
        assertThatThrownBy(() -> Endpoint.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesAPortThatIsNone() {
        var any = IpAddress.of("0.0.0.0");
        assertThatThrownBy(() -> new Endpoint(any, 65536)).isInstanceOf(IllegalArgumentException.class).hasMessage("port 65536");
        assertThatThrownBy(() -> new Endpoint(any, -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
