package hadirector.role;

import static hadirector.role.Drill.active;
import static hadirector.role.Drill.backup;
import static hadirector.role.Drill.joined;
import static hadirector.role.Drill.left;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.role.Role.Kind;
import org.junit.jupiter.api.Test;

/// Of several copies of one holding the most complete one counts: lb1 (priority 50) has followed lb9 up to position 70, between lb2 (100) and lb3 (10).
class CompletenessTest {
    private static Drill following() {
        return joined("lb9", "lb2", "lb3").hear(active("lb9", 4)).on(new Event.Synced(4, true)).on(new Event.Received(4, 70));
    }

    private static Drill followed(String... others) {
        return following().view(others);
    }

    @Test
    void aCopyIsCurrentUntilItsSourceLeavesTheView() {
        var lb1 = following();
        assertThat(lb1.group().standing().position()).isEqualTo(Standing.CURRENT);
        assertThat(lb1.view("lb2").group().standing().position()).isEqualTo(70);
        assertThat(lb1.group().standing().copied()).isEqualTo(4);
    }

    @Test
    void whatHasComeOfAnotherHoldingSaysNothingOfTheCopy() {
        assertThat(following().on(new Event.Received(5, 99)).view("lb2").group().standing().position()).isEqualTo(70);
        assertThat(followed("lb2").on(new Event.Received(4, 99)).group().standing().position()).isEqualTo(70);
    }

    @Test
    void whoHasMoreThanTheBetterByPriorityClaims() {
        assertThat(followed("lb2").hear(left("lb2", 4, 69)).role()).isEqualTo(Kind.CLAIMING);
        assertThat(followed("lb2").hear(left("lb2", 4, 70)).whyNot()).isEqualTo("lb2 shall take it");
    }

    @Test
    void whoHasLessThanTheWorseByPriorityWaits() {
        assertThat(followed("lb3").hear(left("lb3", 4, 71)).whyNot()).isEqualTo("lb3 shall take it, its connection table is more complete");
        assertThat(followed("lb3").hear(left("lb3", 3, 99)).role()).isEqualTo(Kind.CLAIMING);
    }

    /// It followed the holder by another way, or had not noticed its end yet.
    @Test
    void aClaimantGivesWayToWhoTurnsOutToHaveMore() {
        var lb1 = followed("lb2", "lb3").hear(backup("lb2", 4, "lb9", 0)).hear(left("lb3", 4, 60));
        assertThat(lb1.role()).isEqualTo(Kind.CLAIMING);
        assertThat(lb1.hear(left("lb3", 4, 71)).role()).isEqualTo(Kind.BACKUP);
    }

    @Test
    void ofAnEarlyBuildPriorityDecides() {
        assertThat(followed("lb2").hear(left("lb2", 4, Standing.UNKNOWN)).whyNot()).isEqualTo("lb2 shall take it");
        assertThat(followed("lb3").hear(left("lb3", 4, Standing.UNKNOWN)).role()).isEqualTo(Kind.CLAIMING);
        assertThat(Drill.holding(true, "lb2").hear(left("lb2", 1, Standing.UNKNOWN)).role()).isEqualTo(Kind.HANDING_OVER);
    }

    @Test
    void aCopyThatIsNotCurrentMakesNoSuccessor() {
        var lb1 = Drill.holding(true, "lb2");
        assertThat(lb1.hear(left("lb2", 1, 70)).role()).isEqualTo(Kind.ACTIVE);
        assertThat(lb1.hear(backup("lb2", 1, "lb1", 1)).role()).isEqualTo(Kind.HANDING_OVER);
    }
}
