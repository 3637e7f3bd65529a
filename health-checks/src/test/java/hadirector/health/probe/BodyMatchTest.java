package hadirector.health.probe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class BodyMatchTest {
    @RepeatedTest(300)
    void findsWhatStringContainsFindsHoweverTheBodyIsCut(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition()); // The seed is the number in the test's name.
        String wanted = letters(random, 1 + random.nextInt(6));
        String body = letters(random, random.nextInt(60));
        var match = new BodyMatch(wanted);
        boolean found = false;
        for (int at = 0; at < body.length(); ) {
            int end = Math.min(body.length(), at + 1 + random.nextInt(5));
            found = match.foundIn(Unpooled.copiedBuffer(body.substring(at, end), UTF_8));
            at = end;
        }
        assertThat(found).isEqualTo(body.contains(wanted));
    }

    @Test
    void looksNoFurtherThanItsLimit() {
        var within = new BodyMatch("ok");
        assertThat(within.foundIn(Unpooled.copiedBuffer("x".repeat(BodyMatch.LIMIT - 2) + "ok", UTF_8))).isTrue();
        var beyond = new BodyMatch("ok");
        assertThat(beyond.foundIn(Unpooled.copiedBuffer("x".repeat(BodyMatch.LIMIT - 1) + "ok", UTF_8))).isFalse();
        assertThat(beyond.exhausted()).isTrue();
        assertThat(beyond.foundIn(Unpooled.copiedBuffer("ok", UTF_8))).isFalse();
    }

    @Test
    void comparesBytesOfUtf8() {
        var match = new BodyMatch("grün");
        byte[] body = "alles grün".getBytes(UTF_8);
        assertThat(match.foundIn(Unpooled.wrappedBuffer(body, 0, 9))).isFalse();
        assertThat(match.foundIn(Unpooled.wrappedBuffer(body, 9, body.length - 9))).isTrue();
    }

    private static String letters(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextBoolean() ? 'a' : 'b');
        }
        return text.toString();
    }
}
