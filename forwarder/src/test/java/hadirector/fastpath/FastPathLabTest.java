package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThatCode;

import hadirector.conn.KeyHash;
import hadirector.lab.NeedsRoot;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lab")
@NeedsRoot
class FastPathLabTest {
    @Test
    void theVerifierTakesAllPrograms() {
        int connections = 1000;
        var hashing = new KeyHash(42);
        try (var table = new SharedTable(connections);
                var maps = new SharedMaps()) {
            assertThatCode(() -> FastPath.loadTc(table, maps, hashing, connections).close()).doesNotThrowAnyException();
            assertThatCode(() -> FastPath.loadXdp(table, maps, hashing, connections, 0x02_00_00_00_00_02L).close())
                    .doesNotThrowAnyException();
            assertThatCode(() -> FastPath.loadEgress(table, maps, hashing, connections).close())
                    .doesNotThrowAnyException();
        }
    }
}
