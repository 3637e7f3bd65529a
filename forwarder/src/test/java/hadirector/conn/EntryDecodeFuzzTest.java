package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/// Whatever another director sends: an entry, or a refusal with a reason.
class EntryDecodeFuzzTest {
    @FuzzTest
    void decodesOrRefuses(byte[] bytes) {
        check(MemorySegment.ofArray(bytes), 0);
    }

    @RepeatedTest(20)
    void decodesOrRefusesBytesNearAnEntry(RepetitionInfo run) {
        var r = new Random(run.getCurrentRepetition());
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[r.nextInt(80)];
            r.nextBytes(bytes);
            if (bytes.length > EntryLayout.FLAGS + 1 && r.nextBoolean()) {
                bytes[(int) EntryLayout.PROTOCOL] = (byte) (r.nextBoolean() ? 6 : 17);
                bytes[(int) EntryLayout.STATE] = (byte) r.nextInt(13);
            }
            check(MemorySegment.ofArray(bytes), r.nextInt(4));
        }
    }

    private static void check(MemorySegment wire, long at) {
        var problem = EntryCodec.problem(wire, at);
        try {
            var entry = EntryCodec.decode(wire, at);
            assertThat(problem).isEmpty();
            var again = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
            EntryCodec.encode(entry, again, 0);
            assertThat(EntryCodec.decode(again, 0)).isEqualTo(entry);
            assertThat(EntryCodec.digest(wire, at)).isEqualTo(digestOfKnownFlags(wire, at, again));
        } catch (MalformedEntryException e) {
            assertThat(problem).hasValue(String.valueOf(e.getMessage()));
        }
    }

    /// Flag bits that this version does not know are kept in the digest, and are lost in a value.
    private static long digestOfKnownFlags(MemorySegment wire, long at, MemorySegment again) {
        MemorySegment.copy(wire, at + EntryLayout.FLAGS, again, EntryLayout.FLAGS, 2);
        return EntryCodec.digest(again, 0);
    }
}
