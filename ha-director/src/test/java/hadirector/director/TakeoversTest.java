package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.TakeoverReport;
import hadirector.admin.TakeoverReport.Cause;
import hadirector.director.Takeovers.Totals;
import hadirector.role.Role;
import hadirector.role.Standing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TakeoversTest {
    private static final long MS = 1_000_000;
    private static final long WALL = 1_800_000_000_000L;
    private static final Totals NONE = new Totals(0, 0, 0);

    private final Takeovers takeovers = new Takeovers("lb2");

    private static Standing standing(Role.Kind role, boolean fit, String why) {
        return new Standing("lb1", "web", 1, role, 4, "lb1", fit, why, 4, 0, 100, 0);
    }

    private void lb1Holds(long at) {
        takeovers.heard(standing(Role.Kind.ACTIVE, true, ""), at * MS);
    }

    private void event(long at, String name, String... pairs) {
        takeovers.happened(entry(at, name, pairs));
    }

    private static EventLog.Entry entry(long at, String name, String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return new EventLog.Entry(at * MS, WALL + at, name, map);
    }

    private void open(long at) {
        takeovers.opened("web", 5, new Totals(17, 3, 1), at * MS, WALL + at);
    }

    private TakeoverReport report(long opened) {
        var reports = takeovers.complete(() -> new Totals(20, 5, 2), opened * MS + Takeovers.COMPLETE_NANOS);
        assertThat(reports).hasSize(1);
        return reports.getFirst();
    }

    @Test
    void aHolderWhoseProcessEndedIsKnownToTheGuard() {
        lb1Holds(1_000);
        event(1_130, "peer-gone", "peer", "lb1");
        event(1_130, "guard", "group", "web", "missing", "lb1,lb3", "dead", "lb1");
        open(1_150);
        takeovers.forwarded("web", 1_160 * MS);
        var report = report(1_150);
        assertThat(report.cause()).isEqualTo(Cause.DIED);
        assertThat(report.from()).isEqualTo("lb1");
        assertThat(report.gapMillis()).isEqualTo(160);
        assertThat(report.connections()).isEqualTo(17);
        assertThat(report.resets()).isEqualTo(2);
        assertThat(report.rescheduled()).isEqualTo(1);
    }

    @Test
    void aHolderThatWasNotHeardIsSilentAndTheGapBeginsWithItsLastSign() {
        lb1Holds(1_000);
        takeovers.seen("web", "lb1", 1_400 * MS);
        event(2_050, "peer-gone", "peer", "lb1");
        open(2_100);
        takeovers.forwarded("web", 2_110 * MS);
        var report = report(2_100);
        assertThat(report.cause()).isEqualTo(Cause.SILENT);
        assertThat(report.why()).isEqualTo("lb1 was not heard for 650 ms");
        assertThat(report.gapMillis()).isEqualTo(710);
    }

    @Test
    void aHolderThatLostTheClusterAndSaidThatItLetGoDidNotDie() {
        lb1Holds(1_000);
        takeovers.seen("web", "lb1", 1_950 * MS);
        event(1_990, "holder-left", "group", "web", "director", "lb1", "epoch", "4");
        event(2_050, "peer-gone", "peer", "lb1");
        event(2_050, "guard", "group", "web", "dead", "");
        open(2_100);
        var report = report(2_100);
        assertThat(report.cause()).isEqualTo(Cause.SILENT);
        assertThat(report.why()).isEqualTo("lb1 had lost the cluster and gave it up");
    }

    @Test
    void aHandOverIsPlannedAndItsGapBeginsWhenItArrives() {
        lb1Holds(1_000);
        event(1_500, "handover-arrived", "group", "web", "epoch", "5");
        open(1_501);
        takeovers.forwarded("web", 1_504 * MS);
        var report = report(1_501);
        assertThat(report.cause()).isEqualTo(Cause.PLANNED);
        assertThat(report.gapMillis()).isEqualTo(4);
    }

    @Test
    void aHandOverOfSecondsAgoDoesNotMakeADeathPlanned() {
        lb1Holds(1_000);
        event(1_500, "handover-arrived", "group", "web", "epoch", "5");
        open(1_501);
        takeovers.closed("web");
        assertThat(report(1_501).cause()).as("of a holding that was over before its report was due").isEqualTo(Cause.PLANNED);
        lb1Holds(6_000);
        event(6_100, "peer-gone", "peer", "lb1");
        event(6_100, "guard", "group", "web", "missing", "lb1", "dead", "lb1");
        takeovers.opened("web", 7, NONE, 6_101 * MS, WALL + 6_101);
        takeovers.forwarded("web", 6_110 * MS);
        var report = report(6_101);
        assertThat(report.cause()).isEqualTo(Cause.DIED);
        assertThat(report.gapMillis()).isEqualTo(110);
    }

    @Test
    void whoGivesTheGroupUpSaysWhy() {
        lb1Holds(1_000);
        takeovers.heard(standing(Role.Kind.BACKUP, false, "eth0 is down"), 1_200 * MS);
        takeovers.heard(standing(Role.Kind.BACKUP, false, "it is still down"), 1_220 * MS);
        open(1_230);
        assertThat(report(1_230).why()).isEqualTo("lb1 gave it up: eth0 is down");
    }

    @Test
    void theGapOfAHolderThatStoodStillBeginsBeforeItGaveUp() {
        lb1Holds(1_000);
        takeovers.heard(standing(Role.Kind.BACKUP, false, "it stood still"), 1_600 * MS);
        open(1_620);
        takeovers.forwarded("web", 1_630 * MS);
        assertThat(report(1_620).gapMillis()).isEqualTo(630);
    }

    @Test
    void aPauseThatEndedAnEarlierHoldingIsNotTheCauseOfAHandOver() {
        lb1Holds(5_000);
        event(5_500, "handover-arrived", "group", "web", "epoch", "5");
        open(5_501);
        var report = report(5_501);

        var old = new Takeovers("lb1");
        old.happened(entry(2_000, "fenced", "groups", "web", "pause-ms", "1317"));
        old.opened("web", 4, NONE, 4_000 * MS, WALL + 4_000);
        old.happened(entry(5_499, "handing-over", "group", "web", "to", "lb2"));
        old.closed("web");
        var whole = old.received(report, 8_600 * MS, WALL + 8_600).orElseThrow();
        assertThat(whole.cause()).isEqualTo(Cause.PLANNED);
        assertThat(whole.steps()).extracting(TakeoverReport.Step::what).noneMatch(what -> what.startsWith("fenced"));
    }

    @Test
    void theFirstHolderHasNoGap() {
        open(500);
        takeovers.forwarded("web", 900 * MS);
        var report = report(500);
        assertThat(report.cause()).isEqualTo(Cause.FIRST);
        assertThat(report.from()).isNull();
        assertThat(report.gapMillis()).isNull();
    }

    @Test
    void stepsAreThoseOfTheGroupAndOfTheDirectorInOrder() {
        lb1Holds(1_000);
        event(1_130, "peer-gone", "peer", "lb1");
        event(1_131, "claiming", "group", "web", "epoch", "5");
        event(1_132, "claiming", "group", "dns", "epoch", "9");
        open(1_150);
        assertThat(report(1_150).steps())
                .containsExactly(
                        new TakeoverReport.Step(-20, "lb2", "peer-gone, peer lb1"),
                        new TakeoverReport.Step(-19, "lb2", "claiming, epoch 5"));
    }

    @Test
    void aReportIsWrittenOnceAndARaisedEpochIsNoTakeover() {
        lb1Holds(1_000);
        open(1_150);
        var _ = report(1_150);
        takeovers.opened("web", 6, NONE, 9_000 * MS, WALL);
        assertThat(takeovers.complete(() -> NONE, 20_000 * MS)).isEmpty();
    }

    @Test
    void whoHasLostTheGroupAddsThatItStoodStill() {
        lb1Holds(1_000);
        event(2_050, "peer-gone", "peer", "lb1");
        open(2_100);
        var report = report(2_100);

        var old = new Takeovers("lb1");
        old.happened(entry(4_000, "fenced", "groups", "web", "pause-ms", "2600"));
        var whole = old.received(report, 6_000 * MS, WALL + 6_000).orElseThrow();
        assertThat(whole.cause()).isEqualTo(Cause.PAUSED);
        assertThat(whole.why()).contains("lb1 stood still").contains("2600");
        assertThat(takeovers.received(whole, 0, 0)).isEqualTo(Optional.empty());
        assertThat(takeovers.reports()).containsExactly(whole);
        assertThat(old.reports()).containsExactly(whole);
    }

    @Test
    void withoutAPacketTheGapIsUntilTheNewHolderAnsweredTheOldOne() {
        lb1Holds(1_000);
        event(1_500, "handover-arrived", "group", "web", "epoch", "5");
        open(1_501);
        var report = report(1_501);
        assertThat(report.gapMillis()).isNull();

        var old = new Takeovers("lb1");
        old.happened(entry(1_510, "vip-answered", "group", "web", "after-ms", "3.2"));
        assertThat(old.received(report, 4_600 * MS, WALL + 4_600).orElseThrow().gapMillis()).isEqualTo(3.2);
    }

    @Test
    void aReportSurvivesTheWire() throws Exception {
        lb1Holds(1_000);
        open(1_150);
        var report = report(1_150);
        assertThat(TakeoverReport.ofJson(report.toJson())).isEqualTo(report);
    }
}
