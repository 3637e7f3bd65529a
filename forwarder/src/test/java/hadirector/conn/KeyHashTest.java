package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    private static final long MAPPED = 0xffff_0000_0000L;

    private final Random random = new Random(5);

    /// The formula again, over unbounded integers.
    @Test
    void isWhatItsFormulaSays() {
        for (int i = 0; i < 1_000; i++) {
            var hash = new KeyHash(random.nextLong());
            long[] a = random.longs(4).toArray();
            int protocol = random.nextInt(256);
            int source = random.nextInt(0x10000);
            int destination = random.nextInt(0x10000);
            long[] words = {
                1, protocol, (long) source << 16 | destination,
                a[0] >>> 32, a[0] & 0xffff_ffffL, a[1] >>> 32, a[1] & 0xffff_ffffL,
                a[2] >>> 32, a[2] & 0xffff_ffffL, a[3] >>> 32, a[3] & 0xffff_ffffL
            };
            var sum = BigInteger.ZERO;
            for (int word = 0; word < KeyHash.WORDS; word++) {
                sum = sum.add(new BigInteger(Long.toUnsignedString(hash.word(word))).multiply(BigInteger.valueOf(words[word])));
            }
            long h = sum.longValue();
            int expected = BigInteger.valueOf(h ^ h >>> 32).multiply(BigInteger.valueOf(KeyHash.FINISH)).shiftRight(32).intValue();
            assertThat(hash.of(protocol, a[0], a[1], source, a[2], a[3], destination)).isEqualTo(expected);
        }
    }

    /// All ports of few clients, whatever the secret: nobody is refused for lack of room near a home.
    @Test
    void consecutivePortsOfFewClientsSpreadOverTheTable() {
        for (int seed = 0; seed < 20; seed++) {
            var hash = new KeyHash(seed);
            var seen = new HashSet<Integer>();
            int[] perBucket = new int[1 << 12];
            for (int client = 0; client < 2; client++) {
                for (int port = 0; port < 0x10000; port++) {
                    int h = hash.of(6, 0, MAPPED | 0x0a000001 + client, port, 0, MAPPED | 0xc000020a, 80);
                    seen.add(h);
                    perBucket[h >>> 20]++;
                }
            }
            assertThat(seen.size()).as("seed %d", seed).isGreaterThan((2 << 16) - 40);
            assertThat(perBucket).as("seed %d", seed).doesNotContain(0);
            for (int bucket : perBucket) {
                assertThat(bucket).as("32 are to be expected, seed %d", seed).isLessThan(80);
            }
        }
    }
}
