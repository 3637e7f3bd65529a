package hadirector.role;

import static hadirector.role.Drill.MS;
import static hadirector.role.Drill.active;
import static hadirector.role.Drill.backup;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.role.Role.Kind;
import org.junit.jupiter.api.Test;

/// The lease, the beacons and the arbiter, as rules of the role machine: lb1 with 50, lb2 with 100, lb3 with 10.
class GuardRulesTest {
    private static final long FREEZE = 700 * MS;

    @Test
    void aFencedHolderIsABackupThatHasHeardNothing() {
        var drill = Drill.holding(false, "lb2").hear(backup("lb2", 1, "lb1", 1));
        drill.on(new Event.Fenced("it stood still for 450 ms"));
        assertThat(drill.role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.actions()).contains(new Action.CloseDataPath());
        drill.after(2_000 * MS);
        assertThat(drill.role()).as("before lb2 has spoken").isEqualTo(Kind.BACKUP);
        drill.hear(active("lb2", 2));
        assertThat(drill.group().holder()).contains("lb2");
    }

    @Test
    void aFencedHolderOfWhichNobodyHasTakenOverMayTakeTheGroupAgain() {
        var drill = Drill.holding(false, "lb2").hear(backup("lb2", 1, "lb1", 0));
        drill.on(new Event.Fenced("it stood still for 450 ms")).hear(backup("lb2", 1, "lb1", 0));
        assertThat(drill.whyNot()).isEqualTo("it stood still for 450 ms");
        assertThat(drill.after(500 * MS).role()).isEqualTo(Kind.CLAIMING);
        drill.hear(backup("lb2", 2, "lb1", 0)).on(new Event.GuardPassed(2));
        assertThat(drill.role()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void whoFindsThatTimeHasJumpedHoldsNothingBeforeItLooksAtAnything() {
        var holding = Drill.holding(false, "lb2").frozen(FREEZE).hear(backup("lb2", 1, "lb1", 0));
        assertThat(holding.actions()).startsWith(new Action.CloseDataPath());
        var claiming = Drill.joined().frozen(FREEZE).on(new Event.GuardPassed(1));
        assertThat(claiming.role()).as("a claim of before the jump").isNotEqualTo(Kind.ACTIVE);
    }

    @Test
    void whoWasBusyWithItsOwnActionsWasThere() {
        var group = Drill.holding(false, "lb2").group();
        long later = group.awake() + FREEZE;
        assertThat(group.step(new Event.Tick(), later).next().role().kind()).isEqualTo(Kind.BACKUP);
        assertThat(group.awakeAt(later).step(new Event.Tick(), later).next().role().kind()).isEqualTo(Kind.ACTIVE);
    }

    @Test
    void whileAHolderIsHeardOnTheLanNobodyClaims() {
        var drill = Drill.joined("lb2").hear(active("lb2", 1)).view().beacon("lb2", 1);
        assertThat(drill.role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.group().alarm(drill.group().awake())).hasValueSatisfying(why -> assertThat(why)
                .isEqualTo("lb2 holds it and is heard on a client network only: the cluster network is cut"));
        assertThat(drill.whyNot()).isEqualTo("lb2 holds it and is heard on a client network only");
        drill.after(400 * MS);
        assertThat(drill.role()).as("a frozen holder may still go on").isEqualTo(Kind.BACKUP);
        drill.after(100 * MS);
        assertThat(drill.role()).as("its lease is over").isEqualTo(Kind.CLAIMING);
        assertThat(drill.epoch()).as("the claim that the first beacon ended had 2").isEqualTo(3);
    }

    @Test
    void aClaimEndsWhenAHolderIsHeardOnTheLan() {
        var drill = Drill.joined().beacon("lb2", 7);
        assertThat(drill.role()).isEqualTo(Kind.BACKUP);
        drill.after(500 * MS);
        assertThat(drill.epoch()).as("above the holder's").isEqualTo(8);
    }

    @Test
    void whoHasLetGoIsNotWaitedFor() {
        var drill = Drill.joined("lb2").view();
        int epoch = drill.epoch();
        drill.on(new Event.HolderLeft("lb2", 1));
        assertThat(drill.actions()).as("asks anew").contains(new Action.CheckGuard(epoch));
        drill.on(new Event.GuardFailed(epoch, "another director answers"));
        assertThat(drill.role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.after(100 * MS).role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.on(new Event.HolderLeft("lb2", 1)).role()).isEqualTo(Kind.CLAIMING);
    }

    @Test
    void aClaimIsGrantedOnlyWhenNobodyIsUnheard() {
        var drill = new Drill(false, Quorum.Kind.MAJORITY).fit().view("lb2", "lb3");
        var claim = Drill.told("lb2", Kind.CLAIMING, 1, "", 0);
        assertThat(drill.on(new Event.Heard(claim)).epoch()).as("lb3 may hold it").isZero();
        assertThat(drill.hear(backup("lb3", 0, "", 0)).on(new Event.Heard(claim)).epoch()).isEqualTo(1);
    }

    @Test
    void aBeaconOfBeforeTheViewIsOfADirectorThatMayHaveDiedSince() {
        var drill = Drill.joined("lb2").beacon("lb2", 1).view();
        assertThat(drill.role()).isEqualTo(Kind.CLAIMING);
    }

    @Test
    void ofTwoHoldersThatHearEachOtherTheWeakerClosesAtOnce() {
        assertThat(Drill.holding(false).beacon("lb2", 2).role()).as("lower epoch").isEqualTo(Kind.BACKUP);
        assertThat(Drill.holding(false).beacon("lb2", 1).role()).as("lower priority").isEqualTo(Kind.BACKUP);
        assertThat(Drill.holding(false).beacon("lb0", 1).role()).as("unknown priority").isEqualTo(Kind.ACTIVE);
        assertThat(Drill.holding(false).beacon("lb3", 1).role()).isEqualTo(Kind.ACTIVE);
        assertThat(Drill.holding(false).beacon("lb1", 9).role()).as("its own").isEqualTo(Kind.ACTIVE);
        assertThat(Drill.holding(false).beacon("lb2", 2).actions()).startsWith(new Action.CloseDataPath());
    }

    @Test
    void theStrongerAnnouncesAtOnceAndAgainWhenTheOtherIsSilent() {
        var drill = Drill.holding(false).beacon("lb3", 1);
        assertThat(drill.actions()).containsExactly(new Action.Announce());
        assertThat(drill.beacon("lb3", 1).actions()).as("once").isEmpty();
        assertThat(drill.after(500 * MS).actions()).containsExactly(new Action.Announce());
    }

    @Test
    void aStrongerThatTheWeakerDoesNotHearGivesIn() {
        var drill = Drill.holding(false);
        for (int i = 0; i < 10; i++) {
            assertThat(drill.beacon("lb3", 1).role()).isEqualTo(Kind.ACTIVE);
            drill.after(50 * MS);
        }
        assertThat(drill.beacon("lb3", 1).role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void whoComesBackHasNoCopyBeforeItSaysSo() {
        var drill = Drill.holding(true, "lb2").hear(backup("lb2", 1, "lb1", 0)).view().view("lb2");
        drill.on(new Event.Heard(backup("lb2", 1, "lb1", 1)));
        assertThat(drill.role()).as("it may be of before it left").isEqualTo(Kind.ACTIVE);
        drill.on(new Event.Heard(backup("lb2", 1, "lb1", 0))).on(new Event.Heard(backup("lb2", 1, "lb1", 1)));
        assertThat(drill.role()).isEqualTo(Kind.HANDING_OVER);
    }

    @Test
    void theBeaconOfItsTargetTellsThatAHandOverIsTaken() {
        var drill = Drill.holding(false, "lb2").hear(backup("lb2", 1, "lb1", 1)).ask("lb2");
        assertThat(drill.beacon("lb2", 2).actions()).contains(new Action.LeaveDataPath(), new Action.HandOver("lb2", 2));
        assertThat(drill.answer()).isEqualTo("moved to lb2, 2");
    }

    @Test
    void aHandOverEndsWithTheBeaconOfAStrongerHolder() {
        var drill = Drill.holding(false, "lb2").hear(backup("lb2", 1, "lb1", 1)).ask("lb2");
        assertThat(drill.beacon("lb3", 9).role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.answer()).isNotEmpty();
    }

    @Test
    void withAGatewayAloneIsNotEnough() {
        var drill = new Drill(false, Quorum.Kind.GATEWAY).fit().view();
        assertThat(drill.whyNot()).isEqualTo("neither a gateway of the arbiter nor every other director is in sight");
        drill.on(new Event.GatewaySeen(true)).on(new Event.GuardPassed(1));
        assertThat(drill.role()).isEqualTo(Kind.ACTIVE);
        drill.on(new Event.GatewaySeen(false));
        assertThat(drill.role()).isEqualTo(Kind.BACKUP);
        assertThat(drill.actions()).startsWith(new Action.CloseDataPath());
    }

    @Test
    void allDirectorsTogetherNeedNoGatewayUntilOneIsNotHeardFor500Ms() {
        var drill = new Drill(false, Quorum.Kind.GATEWAY).fit().view("lb2", "lb3");
        drill.hear(backup("lb2", 0, "", 0)).hear(backup("lb3", 0, "", 0));
        drill.hear(Drill.unfit("lb2", 0));
        assertThat(drill.role()).isEqualTo(Kind.CLAIMING);
        drill.hear(backup("lb2", 1, "lb1", 0)).hear(backup("lb3", 1, "lb1", 0));
        assertThat(drill.role()).as("all have granted: no guard is needed").isEqualTo(Kind.ACTIVE);
        assertThat(drill.after(450 * MS).role()).isEqualTo(Kind.ACTIVE);
        assertThat(drill.after(100 * MS).role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void aMajorityMustHaveGrantedNotOnlyBeSilent() {
        var drill = new Drill(false, Quorum.Kind.MAJORITY).fit().view("lb3").hear(backup("lb3", 0, "", 0));
        drill.on(new Event.GuardPassed(1));
        assertThat(drill.role()).isEqualTo(Kind.CLAIMING);
        assertThat(drill.hear(backup("lb3", 1, "lb1", 0)).role()).isEqualTo(Kind.ACTIVE);
        var alone = new Drill(false, Quorum.Kind.MAJORITY).fit().view();
        assertThat(alone.whyNot()).isEqualTo("no more than half of the 3 members are in sight");
        assertThat(alone.role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void scriptsMoveThePriority() {
        var drill = Drill.holding(true, "lb3").hear(backup("lb3", 1, "lb1", 1));
        assertThat(drill.role()).isEqualTo(Kind.ACTIVE);
        drill.on(new Event.Fitness(true, "", -45));
        assertThat(drill.group().standing().priority()).isEqualTo(5);
        assertThat(drill.role()).as("lb3 has 10").isEqualTo(Kind.HANDING_OVER);
        assertThat(Drill.joined().on(new Event.Fitness(true, "", -45_000)).group().standing().priority()).isEqualTo(1);
    }

    @Test
    void aGroupThatChangesHandsAgainAndAgainStaysForLonger() {
        var takings = Takings.NONE;
        long[] expected = {0, 0, 10, 20, 40, 80, 160, 320, 320};
        for (long seconds : expected) {
            takings = takings.another(0);
            assertThat(takings.damping(10)).isEqualTo(seconds);
        }
        assertThat(takings.another(11 * 60 * Drill.SECOND).damping(10)).as("after ten quiet minutes").isZero();
    }

    @Test
    void aHolderThatHasTakenTheGroupThriceKeepsItForTenSeconds() {
        var drill = Drill.holding(true);
        for (int i = 0; i < 2; i++) {
            drill.unfit().fit().on(new Event.GuardPassed(i + 2));
        }
        int epoch = drill.epoch();
        drill.view("lb2").hear(backup("lb2", epoch, "lb1", epoch));
        assertThat(drill.after(1_500 * MS).role()).isEqualTo(Kind.ACTIVE);
        assertThat(drill.hear(backup("lb2", epoch, "lb1", epoch)).after(2_000 * MS).role()).isEqualTo(Kind.ACTIVE);
        for (int i = 0; i < 9; i++) {
            drill.hear(backup("lb2", epoch, "lb1", epoch)).after(1_000 * MS);
        }
        assertThat(drill.role()).isEqualTo(Kind.HANDING_OVER);
    }

    @Test
    void aDirectorThatNeverHoldsAsksForNoTable() {
        var drill = Drill.joined("lb2");
        drill.on(new Event.Reconfigured(java.util.Map.of("lb2", 100), false, 0));
        assertThat(drill.hear(active("lb2", 1)).actions()).isEmpty();
    }
}
