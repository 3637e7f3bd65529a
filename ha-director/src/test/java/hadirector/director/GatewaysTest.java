package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.StatusReport;
import hadirector.model.Arbiter;
import hadirector.model.IpAddress;
import hadirector.model.LanAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The cluster network is whole in all of these; only the gateway answers some and not others.
class GatewaysTest {
    private static final IpAddress GATEWAY = IpAddress.of("192.0.2.254");
    private static final TestConfig CONFIG =
            TestConfig.shop().with(new Arbiter.Gateway(List.of(new LanAddress(GATEWAY, "eth0"))));

    private final FakeCluster cluster = new FakeCluster();
    private final TestDirector lb1 = new TestDirector(cluster, "lb1", CONFIG);
    private final TestDirector lb2 = new TestDirector(cluster, "lb2", CONFIG);

    @BeforeEach
    void lb1HoldsAndLb2HasACopy() throws Exception {
        lb1.engine.reachable.add(GATEWAY);
        lb2.engine.reachable.add(GATEWAY);
        lb1.start().awaitOpen("web");
        lb2.start().awaitSynced("web");
    }

    @AfterEach
    void close() {
        lb1.close();
        lb2.close();
    }

    private static boolean hasNone(TestDirector director) {
        return Objects.toString(director.group("web").unfit(), "").contains("no gateway");
    }

    @Test
    void aHolderThatAloneHasLostTheGatewayHandsOver() {
        lb1.engine.reachable.clear();
        lb2.awaitOpen("web");
        TestDirector.await("lb1 closed", () -> lb1.engine.open().isEmpty());
        TestDirector.await("lb1 is not fit", () -> hasNone(lb1));
        lb1.engine.reachable.add(GATEWAY);
        lb1.awaitSynced("web");
        assertThat(lb2.group("web").role()).isEqualTo(StatusReport.Role.ACTIVE);
    }

    @Test
    void aBackupWithoutAGatewayIsNotFitWhileAnotherHolds() {
        lb2.engine.reachable.clear();
        TestDirector.await("lb2 is not fit", () -> hasNone(lb2));
        lb2.engine.reachable.add(GATEWAY);
        TestDirector.await("lb2 is fit", () -> lb2.group("web").fit());
    }

    @Test
    void aGatewayThatIsDeadItselfMovesNothing() {
        lb2.engine.reachable.clear();
        TestDirector.await("lb2 has lost it", () -> hasNone(lb2));
        lb1.engine.reachable.clear();
        TestDirector.await("lb1 has lost it too", () -> lb1.engine.unanswered.get() > 20);
        assertThat(lb1.engine.open()).containsKey("web");
        assertThat(lb1.group("web").fit()).isTrue();
    }
}
