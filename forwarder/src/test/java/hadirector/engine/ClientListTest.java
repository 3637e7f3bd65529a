package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.AccessList;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ClientListTest {
    private static boolean lets(AccessList acl, String client) {
        var address = IpAddress.of(client);
        return new ClientList(acl).lets(address.high(), address.low());
    }

    @Test
    void anOpenListLetsEverybodyIn() {
        assertThat(lets(AccessList.OPEN, "10.0.0.1")).isTrue();
        assertThat(lets(AccessList.OPEN, "2001:db8::1")).isTrue();
    }

    @Test
    void thePrefixOfEverythingIsOfItsFamilyOnly() {
        var acl = new AccessList(List.of(), List.of(Prefix.of("0.0.0.0/0")));
        assertThat(lets(acl, "10.0.0.1")).isFalse();
        assertThat(lets(acl, "2001:db8::1")).isTrue();
    }

    /// The seed is the number in the test's name.
    @RepeatedTest(200)
    void saysWhatTheAccessListSays(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var prefixes = new ArrayList<Prefix>();
        for (int i = random.nextInt(12); i > 0; i--) {
            var prefix = new Prefix(address(random), random.nextInt(33)).first();
            if (!prefixes.contains(prefix)) {
                prefixes.add(prefix);
            }
        }
        int allowed = random.nextInt(prefixes.size() + 1);
        var acl = new AccessList(prefixes.subList(0, allowed), prefixes.subList(allowed, prefixes.size()));
        var list = new ClientList(acl);
        for (int i = 0; i < 200; i++) {
            var client = address(random);
            assertThat(list.lets(client.high(), client.low())).as("%s in %s", client, acl).isEqualTo(acl.lets(client));
        }
    }

    /// Few different ones, so that prefixes meet.
    private static IpAddress address(Random random) {
        return random.nextBoolean()
                ? IpAddress.v4(random.nextInt() & 0xc0c0c0c3)
                : new IpAddress(random.nextLong() & 0xc000_0000_0000_0003L, random.nextLong() & 3);
    }
}
