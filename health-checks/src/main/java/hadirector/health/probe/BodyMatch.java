package hadirector.health.probe;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Finds a text in the first [#LIMIT] bytes of a body that comes in pieces (Knuth-Morris-Pratt, so that
/// nothing of the body needs to be kept).
final class BodyMatch {
    static final int LIMIT = 65536;

    private final String wanted;
    private final byte[] pattern;
    /// For each length of a matched prefix, that of its longest proper border.
    private final int[] borders;

    private int matched;
    private int seen;

    BodyMatch(String wanted) {
        this.wanted = wanted;
        pattern = wanted.getBytes(StandardCharsets.UTF_8);
        borders = new int[pattern.length + 1];
        for (int length = 2; length <= pattern.length; length++) {
            borders[length] = extend(borders[length - 1], pattern[length - 1]);
        }
    }

    String wanted() {
        return wanted;
    }

    /// Takes the next piece; whether the text has been found by its end.
    boolean foundIn(ByteBuf piece) {
        int end = piece.readerIndex() + Math.min(piece.readableBytes(), LIMIT - seen);
        for (int at = piece.readerIndex(); at < end && matched < pattern.length; at++) {
            matched = extend(matched, piece.getByte(at));
            seen++;
        }
        return matched == pattern.length;
    }

    boolean exhausted() {
        return seen == LIMIT;
    }

    private int extend(int length, byte next) {
        int prefix = length;
        while (prefix > 0 && pattern[prefix] != next) {
            prefix = borders[prefix];
        }
        return pattern[prefix] == next ? prefix + 1 : 0;
    }
}
