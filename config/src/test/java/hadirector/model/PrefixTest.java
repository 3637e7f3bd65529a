package hadirector.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixTest {
    @Test
    void holdsTheAddressesThatBeginAlike() {
        assertThat(Prefix.of("10.1.0.0/16").contains(IpAddress.of("10.1.255.255"))).isTrue();
        assertThat(Prefix.of("10.1.0.0/16").contains(IpAddress.of("10.2.0.0"))).isFalse();
        assertThat(Prefix.of("2001:db8::/33").contains(IpAddress.of("2001:db8:7fff::1"))).isTrue();
        assertThat(Prefix.of("2001:db8::/33").contains(IpAddress.of("2001:db8:8000::1"))).isFalse();
        assertThat(Prefix.of("2001:db8::1/127").contains(IpAddress.of("2001:db8::"))).isTrue();
        assertThat(Prefix.of("::/0").contains(IpAddress.of("10.0.0.1"))).isFalse();
        assertThat(Prefix.of("0.0.0.0/0").contains(IpAddress.of("2001:db8::1"))).isFalse();
    }

    @Test
    void anAddressAloneIsAPrefix() {
        assertThat(Prefix.of("10.1.2.3")).hasToString("10.1.2.3/32");
        assertThat(Prefix.of("2001:db8::1")).hasToString("2001:db8::1/128");
    }

    @Test
    void clearsTheBitsBehindIt() {
        assertThat(Prefix.of("10.1.2.3/8").first()).hasToString("10.0.0.0/8");
        assertThat(Prefix.of("10.1.2.3/0").first()).hasToString("0.0.0.0/0");
        assertThat(Prefix.of("2001:db8:ffff:ffff:ffff::1/72").first()).hasToString("2001:db8:ffff:ffff:ff00::/72");
    }

    @Test
    void badTextIsNone() {
        for (var text : List.of("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "2001:db8::/129", "web/8", "10.0.0.0/8/8")) {
            assertThat(Prefix.parse(text)).as(text).isEmpty();
        }
    }

    @Test
    void theLongestPrefixOfAnAccessListDecides() {
        var office = new AccessList(
                List.of(Prefix.of("10.0.0.0/8"), Prefix.of("10.9.9.0/24")), List.of(Prefix.of("10.9.0.0/16")));
        assertThat(office.lets(IpAddress.of("10.1.0.1"))).isTrue();
        assertThat(office.lets(IpAddress.of("10.9.0.1"))).isFalse();
        assertThat(office.lets(IpAddress.of("10.9.9.1"))).isTrue();
        assertThat(office.lets(IpAddress.of("192.0.2.1"))).isFalse();
        assertThat(office.lets(IpAddress.of("2001:db8::1"))).isFalse();
    }

    @Test
    void whoDeniesOnlyLetsTheOthersIn() {
        var open = new AccessList(List.of(), List.of(Prefix.of("10.9.0.0/16")));
        assertThat(open.lets(IpAddress.of("10.9.0.1"))).isFalse();
        assertThat(open.lets(IpAddress.of("10.1.0.1"))).isTrue();
        assertThat(AccessList.OPEN.lets(IpAddress.of("10.9.0.1"))).isTrue();
    }
}
