package hadirector.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import hadirector.engine.EngineStats;
import hadirector.model.Endpoint;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateEstimatorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Endpoint SERVER = Endpoint.of("10.1.0.11:80");
    private final RateEstimator rates = new RateEstimator();

    @Test
    void startsAtZeroAndComesCloseToASteadyRate() {
        sample(1_000_000, 0);
        assertThat(rates.rates("shop", SERVER)).isEqualTo(StatusReport.Rates.NONE);
        for (int i = 1; i <= 40; i++) {
            sample(1_000_000 + 200L * i, 2L * i);
        }
        assertThat(rates.rates("shop", SERVER).packetsIn()).isCloseTo(100, within(0.01));
    }

    @Test
    void goesAQuarterOfTheWayInOneStep() {
        sample(0, 0);
        sample(800, 2);
        assertThat(rates.rates("shop", SERVER).packetsIn()).isEqualTo(100);
    }

    @Test
    void isNeverNegativeWhenACountStartsAgain() {
        sample(5000, 0);
        sample(0, 2);
        assertThat(rates.rates("shop", SERVER).packetsIn()).isZero();
    }

    @Test
    void forgetsAServerThatIsGone() {
        sample(0, 0);
        sample(800, 2);
        rates.sample(EngineStats.NONE, 4 * SECOND);
        assertThat(rates.rates("shop", SERVER)).isEqualTo(StatusReport.Rates.NONE);
    }

    private void sample(long packets, long seconds) {
        var server = new EngineStats.Server(SERVER, "nat", false, 1, 0, 0, 0, 0, packets, 0, 0, 0);
        var service = new EngineStats.Service("shop", List.of(server));
        rates.sample(new EngineStats(Map.of(), 0, 0, List.of(service)), seconds * SECOND);
    }
}
