package hadirector.fastpath;

import static org.assertj.core.api.Assertions.assertThatCode;

import hadirector.conn.KeyHash;
import hadirector.lab.NeedsRoot;
import hadirector.linux.Outlet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("lab")
@NeedsRoot
class FastPathLabTest {
    @Test
    void theVerifierTakesAllPrograms() {
        int connections = 1000;
        var hashing = new KeyHash(42);
        try (var table = new SharedTable(connections, Pins.none());
                var maps = new SharedMaps(Pins.none())) {
            var loader = new ProgramLoader(table, maps, hashing, connections);
            assertThatCode(() -> loader.ingress().close()).doesNotThrowAnyException();
            assertThatCode(() -> loader.sender(new Outlet(1, 2, 3)).close()).doesNotThrowAnyException();
            assertThatCode(() -> loader.egress().close()).doesNotThrowAnyException();
            assertThatCode(() -> loader.xdp(0x02_00_00_00_00_02L).close()).doesNotThrowAnyException();
        }
    }
}
