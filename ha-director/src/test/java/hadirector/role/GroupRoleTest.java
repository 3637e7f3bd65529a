package hadirector.role;

import static hadirector.role.Drill.SECOND;
import static hadirector.role.Drill.active;
import static hadirector.role.Drill.backup;
import static hadirector.role.Drill.holding;
import static hadirector.role.Drill.joined;
import static hadirector.role.Drill.told;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.role.Action.Announce;
import hadirector.role.Action.CheckGuard;
import hadirector.role.Action.CloseDataPath;
import hadirector.role.Action.HandOver;
import hadirector.role.Action.LeaveDataPath;
import hadirector.role.Action.OpenDataPath;
import hadirector.role.Action.PrepareDataPath;
import hadirector.role.Action.RequestSnapshot;
import hadirector.role.Role.Kind;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Each rule of the table in ha-director/DESIGN.md, alone.
class GroupRoleTest {
    @Test
    void aDirectorThatIsAloneAndFitTakesTheGroupAtOnce() {
        var lb1 = joined();
        assertThat(lb1.actions()).containsExactly(new CheckGuard(1));
        assertThat(lb1.on(new Event.GuardPassed(1)).actions()).containsExactly(new OpenDataPath(1));
        assertThat(lb1.role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void nobodyClaimsBeforeItIsFitOrInAView() {
        assertThat(new Drill(false).fit().role()).isEqualTo(Kind.BACKUP);
        var unfit = new Drill(false).view();
        assertThat(unfit.role()).isEqualTo(Kind.BACKUP);
        assertThat(unfit.whyNot()).isEqualTo("starting");
    }

    @Test
    void aDirectorWithoutPriorityNeverClaims() {
        var lb1 = new Drill(false).on(new Event.Reconfigured(Map.of("lb2", 1), false, 0)).fit().view();
        assertThat(lb1.role()).isEqualTo(Kind.BACKUP);
        assertThat(lb1.whyNot()).isEqualTo("it has no priority for this group");
    }

    @Test
    void aRefusingGuardStopsTheClaimForAWhile() {
        var lb1 = joined().on(new Event.GuardFailed(1, "the VIP answers"));
        assertThat(lb1.role()).isEqualTo(Kind.BACKUP);
        assertThat(lb1.whyNot()).isEqualTo("the VIP answers");
        assertThat(lb1.after(SECOND / 2).role()).isEqualTo(Kind.BACKUP);
        assertThat(lb1.after(SECOND / 2).actions()).containsExactly(new CheckGuard(2));
    }

    @Test
    void aGuardsWordOnAnOldClaimCountsForNothing() {
        var lb1 = joined().view("lb3").view().on(new Event.GuardPassed(1));
        assertThat(lb1.role()).isEqualTo(Kind.CLAIMING);
        assertThat(lb1.on(new Event.GuardPassed(2)).role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void aClaimWaitsUntilEveryMemberHasBeenHeardSinceTheView() {
        var lb1 = joined("lb3");
        assertThat(lb1.whyNot()).isEqualTo("not heard since the cluster changed: lb3");
        assertThat(lb1.hear(backup("lb3", 0, "", 0)).role()).isEqualTo(Kind.CLAIMING);
        assertThat(lb1.view("lb3").role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aSilentMemberDelaysAClaimForThreeSecondsAndOneOfAnotherVersionForEver() {
        assertThat(joined("lb3").after(3 * SECOND - 1).role()).isEqualTo(Kind.BACKUP);
        assertThat(joined("lb3").after(3 * SECOND).role()).isEqualTo(Kind.CLAIMING);
        var mixed = joined("lb3").on(new Event.Unreadable("lb3")).after(30 * SECOND);
        assertThat(mixed.role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aClaimNeedsTheGrantOfEveryMember() {
        var lb1 = joined("lb3").hear(backup("lb3", 0, "", 0)).on(new Event.GuardPassed(1));
        assertThat(lb1.role()).isEqualTo(Kind.CLAIMING);
        assertThat(lb1.hear(backup("lb3", 1, "lb1", 0)).actions()).containsExactly(new OpenDataPath(1));
    }

    @Test
    void aDirectorThatDoesNotKnowTheGroupHasNothingToGrant() {
        var lb1 = joined("lb2").hear(Standing.stranger("lb2", "web", 1, 0));
        assertThat(lb1.actions()).containsExactly(new CheckGuard(1));
        assertThat(lb1.on(new Event.GuardPassed(1)).role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void aBackupGrantsAClaimByTellingItsEpochAndClaimant() {
        var lb1 = joined("lb2").hear(told("lb2", Kind.CLAIMING, 4, "lb2", 0));
        assertThat(lb1.tells()).isTrue();
        assertThat(lb1.group().standing().grants(4, "lb2")).isTrue();
    }

    @Test
    void aBackupThatHearsAHolderGrantsNothing() {
        var lb1 = joined("lb2", "lb3").hear(active("lb2", 3)).hear(told("lb3", Kind.CLAIMING, 4, "lb3", 0));
        assertThat(lb1.group().standing().grants(4, "lb3")).isFalse();
        assertThat(lb1.epoch()).isEqualTo(3);
    }

    @Test
    void aClaimIsRepeatedAboveAnEpochThatSomebodyHasSeenOrGrantedToAnother() {
        var lb1 = joined("lb3").hear(backup("lb3", 0, "", 0));
        assertThat(lb1.hear(backup("lb3", 1, "lb2", 0)).actions()).containsExactly(new CheckGuard(2));
        assertThat(lb1.hear(backup("lb3", 6, "", 0)).actions()).containsExactly(new CheckGuard(7));
    }

    @Test
    void theBestCandidateClaimsNewestTableThenPriorityThenName() {
        assertThat(joined("lb2").hear(backup("lb2", 0, "", 0)).role()).isEqualTo(Kind.BACKUP);
        assertThat(joined("lb2").hear(Drill.unfit("lb2", 0)).role()).isEqualTo(Kind.CLAIMING);
        assertThat(joined("lb3").hear(backup("lb3", 5, "", 5)).whyNot()).isEqualTo("lb3 shall take it, its connection table is more complete");
    }

    @Test
    void ofTwoClaimantsTheWorseGivesWay() {
        var lb1 = joined("lb3").hear(backup("lb3", 0, "", 0));
        assertThat(lb1.hear(told("lb3", Kind.CLAIMING, 1, "lb3", 0)).role()).isEqualTo(Kind.CLAIMING);
        var worse = joined("lb2").hear(Drill.unfit("lb2", 0)).hear(told("lb2", Kind.CLAIMING, 1, "lb2", 0));
        assertThat(worse.role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aRunningHolderIsNotPreempted() {
        var lb1 = holding(false, "lb2").hear(backup("lb2", 1, "lb1", 1));
        assertThat(lb1.role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void withPreemptTheHolderHandsOverToABetterDirectorOnceItHasTheTable() {
        var lb1 = holding(true, "lb2").hear(backup("lb2", 1, "lb1", 0));
        assertThat(lb1.role()).isEqualTo(Kind.ACTIVE);
        assertThat(lb1.hear(backup("lb2", 1, "lb1", 1)).actions()).containsExactly(new HandOver("lb2", 2));
    }

    @Test
    void aCopyOfAnEarlierHoldingDoesNotMakeASuccessor() {
        var lb1 = holding(true, "lb3").hear(backup("lb3", 5, "lb3", 0)); // Raises to epoch 6.
        assertThat(lb1.view("lb2").after(2 * SECOND).hear(backup("lb2", 6, "lb1", 5)).role()).isEqualTo(Kind.ACTIVE);
        assertThat(lb1.hear(backup("lb2", 6, "lb1", 6)).role()).isEqualTo(Kind.HANDING_OVER);
    }

    @Test
    void theTargetOfAHandOverHoldsAtOnceAndAnswersAfterTheLastWord() {
        var lb1 = joined("lb2").hear(active("lb2", 3)).on(new Event.HandoverArrived(4));
        assertThat(lb1.actions()).containsExactly(new PrepareDataPath(4));
        assertThat(lb1.hear(told("lb2", Kind.HANDING_OVER, 3, "lb2", 3)).actions()).isEmpty();
        assertThat(lb1.on(new Event.HandoverArrived(4)).actions()).containsExactly(new OpenDataPath(4));
        assertThat(lb1.hear(backup("lb2", 4, "lb1", 0)).actions()).containsExactly(new Announce());
    }

    @Test
    void theTargetOfAHandOverWaitsForTheLastWordForHalfASecondOrUntilTheOldHolderIsGone() {
        var lb1 = joined("lb2").hear(active("lb2", 3)).on(new Event.HandoverArrived(4));
        assertThat(lb1.after(SECOND / 2 - 1).actions()).isEmpty();
        assertThat(lb1.after(1).actions()).containsExactly(new OpenDataPath(4));
        var alone = joined("lb2").hear(active("lb2", 3)).on(new Event.HandoverArrived(4)).view();
        assertThat(alone.actions()).contains(new OpenDataPath(4));
    }

    @Test
    void whoHasHandedOverForwardsForTwoSecondsWhatStillComes() {
        var lb1 = leaving();
        assertThat(lb1.role()).isEqualTo(Kind.BACKUP);
        assertThat(lb1.whyNot()).isEqualTo("lb3 holds it; what still comes here is forwarded");
        assertThat(lb1.after(2 * SECOND - 1).actions()).doesNotContain(new CloseDataPath());
        assertThat(lb1.after(1).actions()).containsExactly(new CloseDataPath());
    }

    @Test
    void whoHasHandedOverTakesTheGroupBackIfTheNewHolderDies() {
        var lb1 = leaving().view();
        assertThat(lb1.actions()).containsExactly(new CheckGuard(3));
        assertThat(lb1.on(new Event.GuardPassed(3)).actions()).containsExactly(new OpenDataPath(3));
        assertThat(lb1.after(3 * SECOND).actions()).isEmpty();
    }

    @Test
    void whoHasHandedOverAndStandsStillForwardsNothingAnyMore() {
        assertThat(leaving().on(new Event.Fenced("it stood still")).actions()).contains(new CloseDataPath());
    }

    /// lb1, which has handed over to lb3 under epoch 2.
    private static Drill leaving() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 1, "lb1", 1));
        lb1.on(new Event.FailoverRequested(new FailoverRequest("lb1", 1, Optional.of("lb3"), false)));
        return lb1.hear(active("lb3", 2));
    }

    @Test
    void withPreemptAWorseDirectorGetsNothing() {
        assertThat(holding(true, "lb3").hear(backup("lb3", 1, "lb1", 1)).role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void afterAMergeTheLowerEpochClosesAndAsksTheOtherForItsTable() {
        var lb1 = holding(false).merge("lb2").hear(active("lb2", 2));
        assertThat(lb1.actions()).containsExactly(new CloseDataPath(), new RequestSnapshot("lb2", 2));
        assertThat(lb1.group().standing().copied()).isZero();
    }

    @Test
    void afterAMergeOfEqualEpochsPriorityDecidesAndTheWinnerRaisesItsEpoch() {
        var loser = holding(false).merge("lb2").hear(active("lb2", 1));
        assertThat(loser.role()).isEqualTo(Kind.BACKUP);
        var winner = holding(false).merge("lb3").hear(active("lb3", 1));
        assertThat(winner.actions()).containsExactly(new OpenDataPath(2));
    }

    @Test
    void afterAMergeTheWinnerAnnouncesOnceTheOthersAreSilent() {
        var lb1 = holding(false).merge("lb3");
        assertThat(lb1.actions()).isEmpty();
        assertThat(lb1.hear(active("lb3", 1)).actions()).doesNotContain(new Announce());
        assertThat(lb1.hear(backup("lb3", 2, "lb1", 0)).actions()).containsExactly(new Announce());
        assertThat(lb1.hear(backup("lb3", 2, "lb1", 2)).actions()).isEmpty();
    }

    @Test
    void aHolderRaisesItsEpochAboveWhateverOthersHaveSeen() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 9, "lb3", 0));
        assertThat(lb1.actions()).containsExactly(new OpenDataPath(10), new Announce());
    }

    @Test
    void anUnfitHolderClosesAtOnceAndHandsOverToABackupWithTheTable() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 1, "lb1", 1)).unfit();
        assertThat(lb1.actions()).containsExactly(new CloseDataPath(), new HandOver("lb3", 2));
        assertThat(lb1.hear(active("lb3", 2)).role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void anUnfitHolderWithoutASuccessorJustCloses() {
        assertThat(holding(false, "lb3").unfit().actions()).containsExactly(new CloseDataPath());
    }

    @Test
    void aFailedEngineHandsNothingOver() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 1, "lb1", 1)).on(new Event.EngineFailed("bug"));
        assertThat(lb1.actions()).containsExactly(new CloseDataPath());
        assertThat(lb1.whyNot()).isEqualTo("bug");
    }

    @Test
    void aBackupThatGetsAHandOverHoldsUnderItsEpoch() {
        var lb1 = joined("lb2").hear(active("lb2", 3)).on(new Event.HandoverArrived(4));
        assertThat(lb1.actions()).containsExactly(new PrepareDataPath(4));
        assertThat(lb1.tells()).isTrue();
    }

    @Test
    void aHandOverThatComesTooLateIsRefused() {
        var lb1 = joined("lb2").hear(active("lb2", 5)).on(new Event.HandoverArrived(4));
        assertThat(lb1.actions()).isEmpty();
        assertThat(lb1.role()).isEqualTo(Kind.BACKUP);
        assertThat(lb1.tells()).isTrue();
    }

    @Test
    void anUnfitBackupRefusesAHandOverAndTheHolderHearsIt() {
        var target = joined("lb2").hear(active("lb2", 1)).unfit().on(new Event.HandoverArrived(2));
        assertThat(target.role()).isEqualTo(Kind.BACKUP);
        assertThat(target.epoch()).isEqualTo(2);
    }

    @Test
    void aBackupFollowsEveryNewHoldingWithASnapshotOfItsOwn() {
        var lb1 = joined("lb2").hear(active("lb2", 3));
        assertThat(lb1.actions()).containsExactly(new RequestSnapshot("lb2", 3));
        assertThat(lb1.on(new Event.Synced(2, true)).group().standing().copied()).isZero();
        assertThat(lb1.on(new Event.Synced(3, true)).group().standing().copied()).isEqualTo(3);
        assertThat(lb1.hear(active("lb2", 4)).actions()).containsExactly(new RequestSnapshot("lb2", 4));
    }

    @Test
    void aBrokenCopyIsAskedForAgainAfterAWhile() {
        var lb1 = joined("lb2").hear(active("lb2", 3)).on(new Event.Synced(3, false));
        assertThat(lb1.actions()).isEmpty();
        assertThat(lb1.after(SECOND).actions()).containsExactly(new RequestSnapshot("lb2", 3));
    }

    @Test
    void aMergeAsksForTheTableAnew() {
        var lb1 = joined("lb2").hear(active("lb2", 3)).on(new Event.Synced(3, true));
        assertThat(lb1.merge("lb2").hear(active("lb2", 3)).actions())
                .containsExactly(new RequestSnapshot("lb2", 3));
    }

    @Test
    void aStandingFromAnEarlierLifeOrFromOutsideTheViewCountsForNothing() {
        var later = new Standing("lb2", "web", 2, Kind.BACKUP, 0, "", false, "starting", 0, 0, 100, 0);
        var lb1 = joined("lb2").hear(later).hear(active("lb2", 9));
        assertThat(lb1.group().holder()).isEmpty();
        assertThat(joined("lb3").hear(active("lb2", 9)).group().holder()).isEmpty();
    }

    @Test
    void aDirectorThatComesBackWithItsClockSetBackIsHeard() {
        var lb1 = joined("lb2").hear(Drill.backup("lb2", 0, "", 0)).view();
        var reborn = new Standing("lb2", "web", 0, Kind.BACKUP, 0, "", true, "", 0, 0, 100, 0);
        assertThat(lb1.view("lb2").hear(reborn).group().heard("lb2")).contains(reborn);
    }

    @Test
    void aStoppingHolderHandsOverThenCloses() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 1, "lb1", 1)).on(new Event.Stopping());
        assertThat(lb1.actions()).containsExactly(new HandOver("lb3", 2));
        assertThat(lb1.hear(active("lb3", 2)).actions()).containsExactly(new LeaveDataPath(), new HandOver("lb3", 2));
        assertThat(lb1.after(2 * SECOND).actions()).containsExactly(new CloseDataPath(), new Action.Stopped());
        assertThat(lb1.after(SECOND).actions()).isEmpty();
    }

    @Test
    void aStoppingHolderWaitsForASnapshotButNotForEver() {
        var lb1 = holding(false, "lb3").hear(backup("lb3", 1, "lb1", 0)).on(new Event.Stopping());
        assertThat(lb1.actions()).isEmpty();
        lb1.after(SECOND).hear(backup("lb3", 1, "lb1", 0));
        assertThat(lb1.after(2 * SECOND).actions()).containsExactly(new CloseDataPath(), new Action.Stopped());
    }

    @Test
    void aStoppingDirectorThatHoldsNothingStopsAtOnceAndTakesNothing() {
        var lb1 = joined("lb3").on(new Event.Stopping());
        assertThat(lb1.actions()).containsExactly(new Action.Stopped());
        assertThat(lb1.view().role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aHolderThatIsNotListedAnyMoreHandsOverButDoesNotDropTheGroup() {
        var gone = new Event.Reconfigured(Map.of("lb3", 1), false, 0);
        assertThat(holding(false, "lb3").on(gone).role()).isEqualTo(Kind.ACTIVE);
        assertThat(holding(false, "lb3").hear(backup("lb3", 1, "lb1", 1)).on(gone).actions())
                .containsExactly(new HandOver("lb3", 2));
    }
}
