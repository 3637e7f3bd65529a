package hadirector.role;

import static hadirector.role.Drill.SECOND;
import static hadirector.role.Drill.active;
import static hadirector.role.Drill.backup;
import static hadirector.role.Drill.holding;
import static hadirector.role.Drill.joined;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.role.Action.CloseDataPath;
import hadirector.role.Action.HandOver;
import hadirector.role.Action.LeaveDataPath;
import hadirector.role.Action.OpenDataPath;
import hadirector.role.Role.Kind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailoverTest {
    private static Drill ready() {
        return holding(false, "lb2").hear(backup("lb2", 1, "lb1", 1));
    }

    @Test
    void theHolderForwardsUntilTheTargetHoldsAndThenAnswers() {
        var lb1 = ready().ask("lb2");
        assertThat(lb1.actions()).containsExactly(new HandOver("lb2", 2));
        assertThat(lb1.role()).isEqualTo(Kind.HANDING_OVER);
        assertThat(lb1.epoch()).isEqualTo(1);
        lb1.hear(active("lb2", 2));
        assertThat(lb1.actions()).contains(new LeaveDataPath(), new HandOver("lb2", 2));
        assertThat(lb1.answer()).isEqualTo("moved to lb2, 2");
        assertThat(lb1.group().holder()).hasValue("lb2");
    }

    @Test
    void withoutATargetTheBestOtherDirectorGetsIt() {
        var request = new FailoverRequest("lb1", 1, Optional.empty(), false);
        var lb1 = ready().on(new Event.FailoverRequested(request));
        assertThat(lb1.actions()).containsExactly(new HandOver("lb2", 2));
    }

    @Test
    void everyRefusalSaysWhy() {
        assertThat(ready().ask("lb1").answer()).isEqualTo("lb1 already holds group web");
        assertThat(ready().ask("lb3").answer()).isEqualTo("lb3 is not in the cluster now");
        assertThat(ready().ask("lb9").answer())
                .isEqualTo("lb9 is no director of group web; these are: lb1, lb2, lb3");
        assertThat(holding(false, "lb2").ask("lb2").answer())
                .isEqualTo("lb2 has not reported since the cluster changed");
        assertThat(holding(false, "lb2").hear(Drill.unfit("lb2", 1)).ask("lb2").answer())
                .isEqualTo("lb2 is not fit: link eth1 is down");
        assertThat(holding(false, "lb2").hear(backup("lb2", 1, "lb1", 0)).ask("lb2").answer())
                .isEqualTo("lb2 has no verified copy of the connection table yet");
        assertThat(holding(false, "lb2").hear(Standing.stranger("lb2", "web", 1, 0)).ask("lb2").answer())
                .isEqualTo("lb2 has no priority for group web, so it never holds it");
        assertThat(ready().ask("lb2").ask("lb2").answer())
                .isEqualTo("a hand-over of group web to lb2 is under way");
        assertThat(joined("lb2").ask("lb2").answer()).isEqualTo("no director holds group web");
    }

    @Test
    void whenNobodyCanTakeItTheRefusalNamesEachWithItsReason() {
        var request = new Event.FailoverRequested(new FailoverRequest("lb1", 1, Optional.empty(), false));
        assertThat(holding(false).on(request).answer()).isEqualTo("no other director is in the cluster");
        assertThat(holding(false, "lb2").hear(Drill.unfit("lb2", 1)).on(request).answer())
                .isEqualTo("no other director can take group web: lb2 is not fit: link eth1 is down");
    }

    @Test
    void forceHandsOverWithoutTheTable() {
        var request = new FailoverRequest("lb1", 1, Optional.of("lb2"), true);
        var lb1 = holding(false, "lb2").hear(backup("lb2", 1, "lb1", 0));
        assertThat(lb1.on(new Event.FailoverRequested(request)).actions()).containsExactly(new HandOver("lb2", 2));
    }

    @Test
    void anotherDirectorPassesTheRequestToTheHolderOnce() {
        var own = new FailoverRequest("lb1", 1, Optional.of("lb1"), false);
        var passed = new FailoverRequest("lb3", 1, Optional.of("lb1"), false);
        var lb1 = joined("lb2", "lb3").hear(active("lb2", 1));
        assertThat(lb1.on(new Event.FailoverRequested(own)).actions())
                .containsExactly(new Action.Forward("lb2", own));
        assertThat(lb1.on(new Event.FailoverRequested(passed)).answer())
                .isEqualTo("lb1 does not hold group web any more");
    }

    @Test
    void aHandOverThatIsNotTakenInTimeIsTakenBackAboveTheOffer() {
        var lb1 = ready().ask("lb2").after(2 * SECOND);
        assertThat(lb1.role()).isEqualTo(Kind.HANDING_OVER);
        lb1.hear(backup("lb2", lb1.epoch(), "lb1", 1));
        assertThat(lb1.answer()).isEqualTo("lb2 did not take over in time");
        assertThat(lb1.actions()).contains(new OpenDataPath(4));
        assertThat(lb1.role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void aWithdrawnHandOverThatWasTakenBeforeStillCounts() {
        var lb1 = ready().ask("lb2").after(2 * SECOND).hear(active("lb2", 2));
        assertThat(lb1.answer()).isEqualTo("moved to lb2, 2");
        assertThat(lb1.role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aTargetThatNeverAnswersLosesTheHandOver() {
        assertThat(ready().ask("lb2").after(2 * SECOND).after(2 * SECOND).answer()).isEqualTo("lb2 does not answer");
    }

    @Test
    void aTargetThatLeavesOrRefusesEndsTheHandOverAtOnce() {
        assertThat(ready().ask("lb2").view().answer()).isEqualTo("lb2 left the cluster");
        var refused = ready().ask("lb2").hear(Drill.unfit("lb2", 2));
        assertThat(refused.answer()).isEqualTo("lb2 refused: link eth1 is down");
        assertThat(refused.role()).isEqualTo(Kind.ACTIVE);
        assertThat(refused.epoch()).isEqualTo(3);
    }

    @Test
    void aHolderThatLosesItsLinkWhileItHandsOverClosesAndGoesOnHandingOver() {
        var lb1 = ready().ask("lb2").unfit();
        assertThat(lb1.actions()).containsExactly(new CloseDataPath());
        assertThat(lb1.hear(active("lb2", 2)).answer()).isEqualTo("moved to lb2, 2");
    }
}
