package hadirector.sync.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Foreign bytes are read or refused, nothing else; what is read can be written again.
class IpvsFuzzTest {
    private static final IpvsServices NONE = new IpvsServices(List.of());

    @FuzzTest(maxDuration = "30s")
    void anyBytesAreReadOrRefused(byte[] bytes) {
        var said = IpvsMessage.decode(MemorySegment.ofArray(bytes));
        assertThat(said.refused().size() + said.connections().size()).isLessThan(257);
        for (var connection : said.connections()) {
            assertThat(NONE.inherit(connection)).isInstanceOf(IpvsServices.Inherited.Refused.class);
            var writer = new IpvsWriter(0, 128);
            assertThat(writer.add(connection)).isTrue();
            var again = IpvsMessage.decode(MemorySegment.ofArray(writer.take())).connections().getFirst();
            assertThat(again.client()).isEqualTo(connection.client());
            assertThat(again.flags()).isEqualTo(connection.flags());
        }
    }
}
