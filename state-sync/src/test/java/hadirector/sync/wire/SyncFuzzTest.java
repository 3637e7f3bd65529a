package hadirector.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/// Foreign bytes are read or refused, nothing else; what is read can be written again.
class SyncFuzzTest {
    @FuzzTest(maxDuration = "30s")
    void anyBytesAreReadOrRefused(byte[] bytes) {
        var message = MemorySegment.ofArray(bytes);
        SyncHeader header;
        try {
            header = SyncHeader.decode(message, 0, bytes.length);
        } catch (WireFormatException refused) {
            assertThat(refused).hasMessageStartingWith("sync message of ");
            return;
        }
        byte[] again = new byte[SyncHeader.LENGTH];
        header.encode(MemorySegment.ofArray(again), 0);
        assertThat(again).startsWith(bytes[0], bytes[1], bytes[2], bytes[3]);
        for (int i = 0; i < header.count(); i++) {
            int change = ChangeRecord.change(message, SyncHeader.LENGTH + (long) i * ChangeRecord.LENGTH);
            assertThat(change).isBetween(0, 255);
        }
    }
}
