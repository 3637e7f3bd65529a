package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Answer;
import hadirector.admin.StatusReport;
import hadirector.engine.BeaconIdentity;
import hadirector.engine.EngineEvent;
import hadirector.model.Endpoint;
import hadirector.model.Prefix;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DirectorTest {
    private static final Endpoint FIRST = Endpoint.of("10.1.0.11:80");

    private final FakeCluster cluster = new FakeCluster();

    /// lb1 alone, holding `web`.
    private TestDirector alone() throws Exception {
        return alone(TestConfig.shop().alone());
    }

    private TestDirector alone(TestConfig config) throws Exception {
        var lb1 = new TestDirector(cluster, "lb1", config).start();
        lb1.awaitOpen("web");
        return lb1;
    }

    /// lb1 holding `web`, and lb2 with a copy.
    private record Pair(TestDirector lb1, TestDirector lb2) implements AutoCloseable {
        @Override
        public void close() {
            lb1.close();
            lb2.close();
        }
    }

    private Pair pair() throws Exception {
        var pair = new Pair(
                new TestDirector(cluster, "lb1", TestConfig.shop()).start(),
                new TestDirector(cluster, "lb2", TestConfig.shop()).start());
        pair.lb1.awaitOpen("web");
        pair.lb2.awaitSynced("web");
        return pair;
    }

    @Test
    void aloneItTakesItsGroupWithAllServersAndGivesItUpInOrderWhenItStops() throws Exception {
        try (var lb1 = alone()) {
            TestDirector.await("weights", () -> lb1.engine.servers().values().stream().allMatch("1 up"::equals));
            assertThat(lb1.group("web").role()).isEqualTo(StatusReport.Role.ACTIVE);
            lb1.director.stop();
            TestDirector.await("closed", () -> lb1.engine.open().isEmpty());
        }
    }

    @Test
    void anOperatorMovesTheGroupFromEitherDirector() throws Exception {
        try (var pair = pair()) {
            var lb1 = pair.lb1();
            var lb2 = pair.lb2();
            assertThat(lb2.director.operations().failover("web", Optional.of("lb2"), false)).isInstanceOf(Answer.Done.class);
            assertThat(lb2.engine.open()).containsKey("web");
            TestDirector.await("lb1 closed", () -> lb1.engine.open().isEmpty());
            TestDirector.await("lb2 has heard that lb1 has a copy, and hands over", () ->
                    lb2.director.operations().failover("web", Optional.empty(), false) instanceof Answer.Done);
            assertThat(lb1.engine.open()).containsKey("web");
        }
    }

    @Test
    void theHolderMasqueradesAndTellsOfTrouble() throws Exception {
        var sources = List.of(Prefix.of("10.1.0.0/24"));
        var config = TestConfig.shop().with(TestConfig.masquerading("web", sources));
        try (var pair = new Pair(
                new TestDirector(cluster, "lb1", config).start(), new TestDirector(cluster, "lb2", config).start())) {
            var lb1 = pair.lb1();
            var lb2 = pair.lb2();
            lb1.awaitOpen("web");
            lb2.awaitSynced("web");
            TestDirector.await("lb1 masquerades", () -> lb1.masquerade.wanted.equals(sources));
            assertThat(lb2.masquerade.wanted).isEmpty();
            // Asked of lb2, whose word follows the one that it has a copy.
            assertThat(lb2.director.operations().failover("web", Optional.of("lb2"), false)).isInstanceOf(Answer.Done.class);
            TestDirector.await("it moved along", () -> lb2.masquerade.wanted.equals(sources) && lb1.masquerade.wanted.isEmpty());
            lb2.masquerade.trouble = Optional.of("nft is not installed");
            assertThat(lb2.director.operations().status().cluster().warnings()).containsEntry("masquerade", "nft is not installed");
            lb2.write(TestConfig.shop());
            lb2.director.operations().reload(false);
            TestDirector.await("a reload counts", () -> lb2.masquerade.wanted.isEmpty());
            lb2.close();
            assertThat(lb2.masquerade.closed).isTrue();
        }
    }

    /// A process that stands still before it opens is not to open when it goes on: the engine judges by the age of the decision.
    @Test
    void whatPassesBetweenTheDecisionAndTheOpeningCounts() throws Exception {
        var lb1 = alone(TestConfig.shop());
        try (var lb2 = new TestDirector(cluster, "lb2", TestConfig.shop())) {
            var stuck = new CountDownLatch(1);
            var released = new CountDownLatch(1);
            lb2.engine.events = _ -> {
                stuck.countDown();
                boolean _ = awaitQuietly(released);
            };
            lb2.start();
            assertThat(stuck.await(30, TimeUnit.SECONDS)).isTrue();
            lb1.close();
            lb2.awaitOpen("web");
            released.countDown();
            assertThat(lb2.engine.decisionNanos).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    private static boolean awaitQuietly(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void beaconsAreSignedByTheKeysOfTheClusterAsTheyAreNow() throws Exception {
        try (var lb1 = new TestDirector(cluster, "lb1", TestConfig.shop().alone())) {
            var old = BeaconIdentity.key(new byte[] {1});
            lb1.channel.beaconKeys = List.of(old);
            lb1.start();
            assertThat(lb1.engine.identity).isEqualTo(new BeaconIdentity("test", "lb1", List.of(old)));
            lb1.channel.beaconKeys = List.of();
            TestDirector.await("open", () -> BeaconIdentity.open("test", "lb1").equals(lb1.engine.identity));
        }
    }

    @Test
    void aFailoverToADirectorThatIsNotThereIsRefusedWithTheReason() throws Exception {
        try (var lb1 = alone()) {
            assertThat(lb1.director.operations().failover("web", Optional.of("lb2"), false))
                    .isEqualTo(new Answer.Refused("lb2 is not in the cluster now"));
        }
    }

    @Test
    void aFailoverToADirectorThatLacksConnectionsIsRefusedUntilItHasThem() throws Exception {
        try (var pair = pair()) {
            var lb1 = pair.lb1();
            lb1.channel.withholdsSync = true;
            lb1.engine.change("web");
            assertThat(lb1.director.operations().failover("web", Optional.of("lb2"), false))
                    .isInstanceOfSatisfying(Answer.Refused.class, refused -> assertThat(refused.why())
                            .matches("lb2 lacks 1 changed connections, the oldest for 1\\.\\d s, .*"));
            assertThat(lb1.engine.open()).containsKey("web");
            assertThat(lb1.group("web").holder()).isEqualTo("lb1");
        }
    }

    @Test
    void aDrainReachesTheOthersAndThoseThatComeLater() throws Exception {
        try (var lb1 = alone(TestConfig.shop())) { // Waits for lb2 first.
            assertThat(lb1.director.operations().drain("shop", FIRST)).isInstanceOf(Answer.Done.class);
            assertThat(lb1.engine.servers()).containsEntry("shop/10.1.0.11:80", "0 up");
            try (var lb2 = new TestDirector(cluster, "lb2", TestConfig.shop()).start()) {
                TestDirector.await("told", () -> "0 up".equals(lb2.engine.servers().get("shop/10.1.0.11:80")));
                assertThat(lb2.director.operations().enable("shop", FIRST)).isInstanceOf(Answer.Done.class);
                TestDirector.await("told", () -> "1 up".equals(lb1.engine.servers().get("shop/10.1.0.11:80")));
            }
        }
    }

    @Test
    void aDrainOfAServerThatOnlyOneDirectorKnowsYetReachesTheOtherByItsReload() throws Exception {
        try (var pair = pair()) {
            var lb1 = pair.lb1();
            var lb2 = pair.lb2();
            var more = TestConfig.shop().with(TestConfig.service("shop", 10, 80, "10.1.0.11", "10.1.0.13"));
            lb1.write(more);
            assertThat(lb1.director.operations().reload(false)).isInstanceOf(Answer.Done.class);
            assertThat(lb1.director.operations().drain("shop", Endpoint.of("10.1.0.13:80"))).isInstanceOf(Answer.Done.class);
            lb2.write(more);
            assertThat(lb2.director.operations().reload(false)).isInstanceOf(Answer.Done.class);
            TestDirector.await("told", () -> "0 up".equals(lb2.engine.servers().get("shop/10.1.0.13:80")));
        }
    }

    @Test
    void aReloadGivesNewServersTheirWeightsAndDrainsForgetRemovedOnes() throws Exception {
        try (var lb1 = alone()) {
            lb1.director.operations().drain("shop", FIRST);
            lb1.write(TestConfig.shop().with(TestConfig.service("shop", 10, 80, "10.1.0.12")));
            lb1.director.operations().reload(false);
            assertThat(lb1.engine.servers()).containsOnlyKeys("shop/10.1.0.12:80");
            lb1.write(TestConfig.shop());
            assertThat(lb1.director.operations().reload(false)).isInstanceOf(Answer.Done.class);
            TestDirector.await("up", () -> lb1.engine.servers().equals(
                    Map.of("shop/10.1.0.11:80", "1 up", "shop/10.1.0.12:80", "1 up")));
        }
    }

    @Test
    void aReloadThatTheEngineRefusesLeavesAHeldGroupOpenAndTheOldConfigInForce() throws Exception {
        try (var lb1 = alone()) {
            lb1.write(TestConfig.shop().with(TestConfig.group("other", "eth1", 20)).withoutServices());
            long transitions = lb1.group("web").transitions();
            lb1.engine.refusesConfig = new IllegalStateException("eth1 is busy");
            assertThat(lb1.director.operations().reload(false)).isInstanceOfSatisfying(
                    Answer.Failed.class, failed -> assertThat(failed.why()).contains("eth1 is busy"));
            assertThat(lb1.engine.open()).containsOnlyKeys("web");
            assertThat(lb1.group("web").transitions()).isEqualTo(transitions);
            TestDirector.await("weights", () -> "1 up".equals(lb1.engine.servers().get("shop/10.1.0.11:80")));
        }
    }

    @Test
    void aReloadWithoutAHeldGroupClosesItAndTheOtherDirectorTakesIt() throws Exception {
        try (var pair = pair()) {
            var lb1 = pair.lb1();
            var lb2 = pair.lb2();
            lb1.write(TestConfig.shop().with(TestConfig.group("other", "eth1", 20)).withoutServices());
            assertThat(lb1.director.operations().reload(false)).isInstanceOf(Answer.Done.class);
            assertThat(lb1.engine.open()).doesNotContainKey("web");
            lb2.awaitOpen("web");
        }
    }

    @Test
    void aLinkThatComesBackTouchesNoGroupOnOtherInterfaces() throws Exception {
        var two = TestConfig.shop().alone().with(TestConfig.group("web", "eth0", 10), TestConfig.group("db", "eth1", 20));
        try (var lb1 = alone(two)) {
            lb1.awaitOpen("db");
            lb1.director.engineEvent(new EngineEvent.LinksDown(Set.of("eth1")));
            TestDirector.await("db given up", () -> !lb1.engine.open().containsKey("db"));
            lb1.director.engineEvent(new EngineEvent.LinksDown(Set.of()));
            lb1.awaitOpen("db");
            assertThat(lb1.engine.orders).doesNotContain("close web");
        }
    }

    @Test
    void anEngineThatDoesNotAnswerShowsInTheStatusAndHoldsNothingUp() throws Exception {
        try (var lb1 = alone()) {
            lb1.engine.silent = true;
            assertThat(lb1.director.operations().status().unhealthy()).hasValueSatisfying(why -> assertThat(why).contains("answer"));
            assertThat(lb1.director.operations().drain("shop", FIRST)).isInstanceOf(Answer.Done.class);
        }
    }

    @Test
    void aFailedEngineEndsTheDirector() throws Exception {
        var failed = new CountDownLatch(1);
        try (var lb1 = new TestDirector(cluster, "lb1", TestConfig.shop().alone())) {
            lb1.director.onFailure(failed::countDown);
            lb1.start().awaitOpen("web");
            lb1.director.engineEvent(new EngineEvent.Failed("a bug"));
            assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(lb1.engine.open()).isEmpty();
            assertThat(lb1.director.operations().status().unhealthy()).hasValueSatisfying(why -> assertThat(why).contains("a bug"));
        }
    }

    @Test
    void anErrorOnTheDirectorsThreadClosesTheDataPathAndEndsTheDirector() throws Exception {
        var failed = new CountDownLatch(1);
        try (var lb1 = new TestDirector(cluster, "lb1", TestConfig.shop().alone())) {
            lb1.director.onFailure(failed::countDown);
            lb1.engine.opensWith = new AssertionError("a test's");
            lb1.start();
            assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
            lb1.director.stop(); // Does not wait for a thread that is gone.
            assertThat(lb1.engine.orders).contains("close web");
        }
    }

    @Test
    void whatIsStillOpenIsClosedBeforeTheOthersSeeTheDirectorGo() throws Exception {
        var lb1 = alone();
        var openAtLeaving = new CompletableFuture<Map<String, Integer>>();
        lb1.channel.onClose = () -> openAtLeaving.complete(lb1.engine.open());
        lb1.close();
        assertThat(openAtLeaving.get(30, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void aStoppingDirectorHandsOverAndTakesNoReload() throws Exception {
        try (var pair = pair()) {
            var lb1 = pair.lb1();
            var lb2 = pair.lb2();
            lb1.director.stop();
            lb2.awaitOpen("web");
            TestDirector.await("closed", () -> lb1.engine.open().isEmpty());
            lb1.write(TestConfig.shop().with(TestConfig.service("shop", 10, 80, "10.1.0.12")));
            assertThat(lb1.director.operations().reload(false)).isEqualTo(new Answer.Refused("the director is stopping"));
        }
    }
}
