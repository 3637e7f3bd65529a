package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Check;
import hadirector.role.RefusedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The pure parts of a director.
class DecisionsTest {
    private static final Check CHECK =
            new Check.Tcp(new Check.Schedule(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3));

    private final Weights weights = new Weights();
    private final Drains drains = new Drains();
    private final Links links = new Links();

    @Test
    void aServerCountsFromItsFirstVerdictAndIsToldOnce() {
        weights.configure(TestConfig.shop().services());
        var server = TestConfig.target("shop", "10.1.0.11");
        assertThat(weights.takeChanges()).hasSize(2).containsEntry(server, new Weights.State(1, false));
        weights.verdict(server, true);
        assertThat(weights.takeChanges()).isEqualTo(Map.of(server, new Weights.State(1, true)));
        assertThat(weights.takeChanges()).isEmpty();
        weights.drain(Set.of(server));
        assertThat(weights.takeChanges()).isEqualTo(Map.of(server, new Weights.State(0, true)));
    }

    @Test
    void afterANewConfigEverythingIsToldAnew() {
        weights.configure(TestConfig.shop().services());
        var server = TestConfig.target("shop", "10.1.0.11");
        weights.verdict(server, true);
        weights.takeChanges();
        weights.configure(TestConfig.shop().services());
        assertThat(weights.takeChanges()).hasSize(2).containsEntry(server, new Weights.State(1, true));
    }

    @Test
    void aVerdictThatOutlivesItsServerIsOfNoUseWhenTheServerReturns() {
        var server = TestConfig.target("shop", "10.1.0.11");
        weights.verdict(server, true);
        weights.configure(TestConfig.shop().services());
        assertThat(weights.state(server).up()).isFalse();
    }

    @Test
    void ofTwoWordsAboutAServerTheLaterCounts() {
        var server = TestConfig.target("shop", "10.1.0.11");
        assertThat(drains.take(server, new Drains.Word(true, 100))).isTrue();
        assertThat(drains.take(server, new Drains.Word(false, 99))).isFalse();
        assertThat(drains.drained()).containsExactly(server);
        assertThat(drains.take(server, new Drains.Word(false, 101))).isTrue();
        assertThat(drains.drained()).isEmpty();
    }

    @Test
    void inOneMillisecondTheDrainWins() {
        var server = TestConfig.target("shop", "10.1.0.11");
        drains.take(server, new Drains.Word(false, 100));
        assertThat(drains.take(server, new Drains.Word(true, 100))).isTrue();
        assertThat(drains.take(server, new Drains.Word(false, 100))).isFalse();
    }

    @Test
    void aWordOfNowIsLaterThanAllBeforeWhateverTheClockSays() {
        var server = TestConfig.target("shop", "10.1.0.11");
        drains.take(server, new Drains.Word(true, 5_000));
        assertThat(drains.now(server, false, 1_000)).isEqualTo(new Drains.Word(false, 5_001));
        assertThat(drains.now(server, false, 9_000)).isEqualTo(new Drains.Word(false, 9_000));
    }

    @Test
    void equalConfigsHaveEqualDigestsWhateverTheirOrder() {
        var a = TestConfig.group("a", "eth0", 1);
        var b = TestConfig.group("b", "eth1", 2);
        int digest = ConfigDigest.of(new TestConfig(List.of(a, b), List.of(), List.of("lb1", "lb2")).of("lb1"));
        assertThat(ConfigDigest.of(new TestConfig(List.of(b, a), List.of(), List.of("lb1", "lb2")).of("lb2"))).isEqualTo(digest);
        assertThat(ConfigDigest.of(new TestConfig(List.of(a), List.of(), List.of("lb1", "lb2")).of("lb1"))).isNotEqualTo(digest);
    }

    @Test
    void anEventIsOneLineThatCanBeTakenApart() {
        var entries = new ArrayList<EventLog.Entry>();
        var log = new EventLog("lb1", entries::add);
        log.event("active", "group", "web", "why", "a \"b\"\nc", "none", "");
        var entry = entries.getFirst();
        assertThat(log.line(new EventLog.Entry(entry.nanos(), 7, entry.name(), entry.pairs())))
                .isEqualTo("lb1 event=active group=web why=\"a 'b' c\" none=\"\" epoch-ms=7");
    }

    @Test
    void aGroupIsUnfitOnlyForItsOwnLinks() {
        links.changed(Set.of("eth1"), 0);
        assertThat(links.unfit(Set.of("eth0"))).isEmpty();
        assertThat(links.unfit(Set.of("eth0", "eth1"))).isEqualTo("no carrier on eth1");
    }

    @Test
    void aLinkThatComesBackSettlesFirst() {
        links.changed(Set.of("eth1"), 0);
        links.changed(Set.of(), 100);
        assertThat(links.unfit(Set.of("eth1"))).isEqualTo("the link of eth1 has just come back");
        assertThat(links.unfit(Set.of("eth0"))).isEmpty();
        assertThat(links.settle(99 + Links.SETTLE_NANOS)).isFalse();
        assertThat(links.settle(100 + Links.SETTLE_NANOS)).isTrue();
        assertThat(links.unfit(Set.of("eth1"))).isEmpty();
        assertThat(links.settle(101 + Links.SETTLE_NANOS)).isFalse();
    }

    @Test
    void aDirectorThatStartsWithoutTheOthersWaitsForThemForAWhile() {
        links.started(0);
        assertThat(links.unfit(Set.of("eth0"))).isEqualTo("it has just started, it waits for the cluster");
        assertThat(links.settle(Links.SETTLE_NANOS)).isTrue();
        assertThat(links.unfit(Set.of("eth0"))).isEmpty();
        links.started(0);
        links.complete();
        assertThat(links.unfit(Set.of("eth0"))).isEmpty();
    }

    @Test
    void theFirstLookEndsWithAResultOfEachProbe() {
        var services = List.of(TestConfig.checked(TestConfig.service("shop", 10, 80, "10.1.0.11", "10.1.0.12"), CHECK));
        var look = new FirstLook(services, 0);
        look.probed(TestConfig.target("shop", "10.1.0.11"));
        assertThat(look.ends(1)).isFalse();
        assertThat(look.isOver()).isFalse();
        look.probed(TestConfig.target("shop", "10.1.0.12"));
        assertThat(look.ends(2)).isTrue();
        assertThat(look.ends(3)).isFalse();
        assertThat(look.isOver()).isTrue();
    }

    @Test
    void theFirstLookDoesNotWaitForEverNorForServersWithoutCheck() {
        var checked = List.of(TestConfig.checked(TestConfig.service("shop", 10, 80, "10.1.0.11"), CHECK));
        assertThat(new FirstLook(checked, 0).ends(FirstLook.NANOS - 1)).isFalse();
        assertThat(new FirstLook(checked, 0).ends(FirstLook.NANOS)).isTrue();
        assertThat(new FirstLook(TestConfig.shop().services(), 0).ends(0)).isTrue();
    }

    @Test
    void aRefusedMessageIsNewsOnceInAView() {
        var refusals = new Refusals();
        assertThat(refusals.isNew("lb2", RefusedMessage.Reason.VERSION)).isTrue();
        assertThat(refusals.isNew("lb2", RefusedMessage.Reason.VERSION)).isFalse();
        assertThat(refusals.isNew("lb2", RefusedMessage.Reason.KIND)).isTrue();
        refusals.forget();
        assertThat(refusals.isNew("lb2", RefusedMessage.Reason.VERSION)).isTrue();
    }
}
