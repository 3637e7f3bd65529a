package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// LVS-Tun with real programs: curl, nginx, a router between director and realserver.
@Lab
@NeedsCommand("curl")
@NeedsCommand("nginx")
@NeedsCommand("ethtool")
class TunnelLabTest {
    /// TCP and IPv6, and the longest outer header.
    private static final int HEADERS_MAX = 60 + 52;

    private static final int NARROW = 1400;
    private static final int MEGABYTES = 12;
    private static final int MANY_MEGABYTES = 200;

    @TempDir
    private Path directory = Path.of("");

    /// First the client sends packets that are too long for the director's own link once they are in a tunnel, then for a link behind it.
    @ParameterizedTest(name = "offload {0}")
    @ValueSource(booleans = {false, true})
    void clientsFindOutWhatFitsThroughEveryTunnel(boolean offload) throws Exception {
        try (var lab = new TunnelLab(directory, 1500, 0, offload)) {
            lab.web.file("some", MEGABYTES);
            for (var way : TunnelLab.ways()) {
                lab.exchange(way, "some");
            }
            assertThat(lab.stats().counters().get(Counter.DROP_TOO_BIG)).isPositive();
            assertThat(lab.stats().counters().get(Counter.TUNNEL_ERRORS)).isZero();
            lab.narrow(NARROW);
            for (var way : TunnelLab.ways()) {
                lab.exchange(way, "some");
            }
            assertThat(lab.stats().counters().get(Counter.TUNNEL_ERRORS)).isPositive();
            assertThat(lab.events).noneMatch(EngineEvent.Failed.class::isInstance);
        }
    }

    @ParameterizedTest(name = "MTU {0}, offload {1}")
    @CsvSource({"1500,false", "9000,false", "1500,true", "9000,true"})
    void filesGoBothWaysThroughEveryTunnel(int mtu, boolean offload) throws Exception {
        try (var lab = new TunnelLab(directory, mtu, mtu - HEADERS_MAX, offload)) {
            lab.web.file("some", MEGABYTES);
            lab.web.file("much", MANY_MEGABYTES);
            for (var way : TunnelLab.ways()) {
                lab.exchange(way, "some");
            }
            lab.exchange(TunnelLab.ways().getFirst(), "much");
            lab.exchange(TunnelLab.ways().getLast(), "much");
            assertThat(lab.events).noneMatch(EngineEvent.Failed.class::isInstance);
            assertThat(lab.stats().counters().getOrDefault(Counter.FRAMES_OFFLOADED, 0L) > 10_000).isEqualTo(offload);
            assertThat(lab.stats().services())
                    .allSatisfy(service -> assertThat(service.servers().getFirst().packetsIn()).isPositive());
        }
    }
}
