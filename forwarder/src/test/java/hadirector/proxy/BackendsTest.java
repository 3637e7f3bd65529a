package hadirector.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackendsTest {
    private static final RealServer ONE = server(1);
    private static final RealServer TWO = server(2);
    private static final RealServer THREE = server(3);

    private final Backends backends = new Backends(SchedulerKind.LC, List.of(ONE, TWO), 1);

    @Test
    void aNewRealserverIsDownUntilSomebodySaysOtherwise() {
        assertThat(backends.choose(0, Set.of())).isEmpty();
        up(ONE);
        assertThat(choose()).isEqualTo(ONE.endpoint());
    }

    @Test
    void loadAndWeightsOutliveAChangeOfTheServersAndTheScheduler() {
        up(ONE);
        up(TWO);
        for (int i = 0; i < 6; i++) {
            choose();
        }
        backends.configure(SchedulerKind.WLC, List.of(THREE, TWO, ONE));
        up(THREE);
        assertThat(IntStream.range(0, 3).mapToObj(_ -> choose())).containsOnly(THREE.endpoint());
        assertThat(IntStream.range(0, 3).mapToObj(_ -> choose()))
                .containsExactlyInAnyOrder(ONE.endpoint(), TWO.endpoint(), THREE.endpoint());
    }

    @Test
    void aDrainedRealserverThatComesBackIsDownAtFirst() {
        up(ONE);
        up(TWO);
        choose();
        choose();
        backends.configure(SchedulerKind.LC, List.of(ONE));
        assertThat(backends.stats()).hasSize(2);
        assertThat(choose()).isEqualTo(ONE.endpoint());
        backends.configure(SchedulerKind.LC, List.of(ONE, TWO));
        assertThat(choose()).isEqualTo(ONE.endpoint());
        assertThat(backends.stats().getLast().inactive()).isEqualTo(1);
    }

    @Test
    void whoRefusedThisConnectionIsNotAskedAgainButTheNextOneMay() {
        up(ONE);
        var first = backends.choose(0, Set.of()).orElseThrow();
        assertThat(backends.choose(0, Set.of(first))).isEmpty();
        assertThat(backends.choose(0, Set.of())).contains(first);
    }

    private Endpoint choose() {
        return backends.choose(0, Set.of()).orElseThrow().endpoint;
    }

    private void up(RealServer server) {
        backends.weight(server.endpoint(), server.weight());
    }

    private static RealServer server(int number) {
        return new RealServer(Endpoint.of("10.1.0." + number + ":80"), 1, ForwardingMethod.NAT);
    }
}
