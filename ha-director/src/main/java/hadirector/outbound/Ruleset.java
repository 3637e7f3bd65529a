package hadirector.outbound;

import hadirector.model.Prefix;
import java.util.List;
import java.util.stream.Collectors;

/// What nft(8) is told. One table is ours; each script is one transaction that replaces it, whatever is left in it.
final class Ruleset {
    static final String FAMILY = "inet";
    static final String TABLE = "hadirector";

    /// Works whether the table is there or not: `destroy` came later.
    static final String REMOVE = """
            table inet hadirector
            delete table inet hadirector
            """;

    private Ruleset() {}

    /// Masquerades what is routed from `sources` to elsewhere. What the director's own host sends has a local source address: it goes
    /// as it is, even a connection that was open before conntrack began to look.
    ///
    /// @param sources disjoint, none of length 0: nothing would lie elsewhere
    static String masquerade(List<Prefix> sources) {
        var rules = new StringBuilder();
        rule(rules, "ip", sources.stream().filter(prefix -> prefix.address().isV4()).toList());
        rule(rules, "ip6", sources.stream().filter(prefix -> !prefix.address().isV4()).toList());
        return REMOVE + """
                table inet hadirector {
                  chain outbound {
                    type nat hook postrouting priority srcnat; policy accept;
                    fib saddr type local return
                %s  }
                }
                """.formatted(rules);
    }

    private static void rule(StringBuilder rules, String family, List<Prefix> sources) {
        if (!sources.isEmpty()) {
            String set = sources.stream().map(Prefix::toString).collect(Collectors.joining(", ", "{ ", " }"));
            rules.append("    %s saddr %s %s daddr != %s masquerade\n".formatted(family, set, family, set));
        }
    }
}
