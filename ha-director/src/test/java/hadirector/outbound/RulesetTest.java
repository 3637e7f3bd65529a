package hadirector.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;

class RulesetTest {
    private static List<Prefix> prefixes(String... texts) {
        return List.of(texts).stream().map(Prefix::of).toList();
    }

    @Test
    void replacesItsTableInOneTransactionAndNoOther() {
        assertThat(Ruleset.masquerade(prefixes("10.1.0.0/24", "10.2.0.0/24", "fd00:1::/64"))).isEqualTo("""
                table inet hadirector
                delete table inet hadirector
                table inet hadirector {
                  chain outbound {
                    type nat hook postrouting priority srcnat; policy accept;
                    fib saddr type local return
                    ip saddr { 10.1.0.0/24, 10.2.0.0/24 } ip daddr != { 10.1.0.0/24, 10.2.0.0/24 } masquerade
                    ip6 saddr { fd00:1::/64 } ip6 daddr != { fd00:1::/64 } masquerade
                  }
                }
                """);
    }

    @Test
    void leavesOutAFamilyThatIsNotThere() {
        assertThat(Ruleset.masquerade(prefixes("fd00:1::/64"))).doesNotContain("ip saddr").contains("ip6 saddr");
    }

    @Test
    void aPrefixWithinAnotherIsOne() {
        assertThat(Masquerade.disjoint(prefixes("10.1.2.0/24", "10.1.0.0/16", "10.1.0.0/16", "fd00::/8", "10.0.0.5")))
                .extracting(Prefix::toString)
                .containsExactly("10.0.0.5/32", "10.1.0.0/16", "fd00::/8");
    }
}
