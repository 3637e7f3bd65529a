package hadirector.sync;

import static hadirector.sync.Groups.Admission.IF_ABSENT;
import static hadirector.sync.Groups.Admission.OLD_EPOCH;
import static hadirector.sync.Groups.Admission.TAKE;
import static hadirector.sync.Groups.Admission.UNKNOWN_GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.Change;
import hadirector.conn.GroupId;
import hadirector.sync.Groups.Request;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int WEB = GroupId.of("web");

    private final Groups groups = new Groups(List.of("web", "mail"));

    private List<Request> due(long now) {
        return groups.due(_ -> true, now);
    }

    private void snapshot(String from, long now) {
        take(Change.SNAPSHOT_BEGIN, from, now);
        take(Change.SNAPSHOT_END, from, now);
    }

    private int take(int change, String from, long now) {
        int made = groups.sift(WEB, change, from);
        if (made != 0) {
            groups.taken(WEB, made, groups.epoch(WEB), from, now);
        }
        return made;
    }

    @Test
    void theHighestEpochIsTakenAndALowerOneIsNot() {
        assertThat(groups.admit(WEB, 5, "lb1", 0)).isEqualTo(TAKE);
        assertThat(groups.admit(WEB, 7, "lb2", 0)).isEqualTo(TAKE);
        assertThat(groups.admit(WEB, 6, "lb3", 0)).isEqualTo(OLD_EPOCH);
        assertThat(groups.admit(GroupId.of("mail"), 1, "lb1", 0)).isEqualTo(TAKE);
    }

    @Test
    void thePreviousEpochFillsHolesForTheSettlingTimeOnly() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.epoch("web", 6, SECOND);
        assertThat(groups.admit(WEB, 5, "lb1", 3 * SECOND)).isEqualTo(IF_ABSENT);
        assertThat(groups.admit(WEB, 5, "lb1", 3 * SECOND + 1)).isEqualTo(OLD_EPOCH);
        assertThat(groups.admit(WEB, 4, "lb1", SECOND)).isEqualTo(OLD_EPOCH);
    }

    @Test
    void aGroupThatTheConfigDoesNotHaveIsUnknown() {
        assertThat(groups.admit(GroupId.of("shop"), 1, "lb1", 0)).isEqualTo(UNKNOWN_GROUP);
        groups.configure(List.of("shop"));
        assertThat(groups.admit(GroupId.of("shop"), 1, "lb1", 0)).isEqualTo(TAKE);
        assertThat(groups.admit(WEB, 1, "lb1", 0)).isEqualTo(UNKNOWN_GROUP);
    }

    @Test
    void aRequestIsRepeatedUntilTheSnapshotBegins() {
        groups.request("lb1", "web", 0);
        assertThat(due(0)).containsExactly(new Request("lb1", "web", 0));
        assertThat(due(1)).isEmpty();
        assertThat(due(2 * SECOND)).containsExactly(new Request("lb1", "web", 0));
        take(Change.SNAPSHOT_BEGIN, "lb1", 3 * SECOND);
        assertThat(due(5 * SECOND)).isEmpty();
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.RECEIVING);
        take(Change.SNAPSHOT_END, "lb1", 6 * SECOND);
        assertThat(due(100 * SECOND)).isEmpty();
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.COMPLETE);
    }

    @Test
    void aHolderThatIsNotThereIsAskedWhenItComes() {
        groups.request("lb1", "web", 0);
        assertThat(groups.due(_ -> false, 0)).isEmpty();
        assertThat(due(SECOND)).hasSize(1);
    }

    @Test
    void aSnapshotThatStopsComingIsAskedForAgain() {
        groups.request("lb1", "web", 0);
        due(0);
        take(Change.SNAPSHOT_BEGIN, "lb1", 0);
        take(Change.SNAPSHOT_ENTRY, "lb1", 4 * SECOND);
        assertThat(due(9 * SECOND)).isEmpty();
        assertThat(due(9 * SECOND + 1)).hasSize(1);
    }

    @Test
    void afterALossTheCopyIsBrokenAndTheHolderIsAskedAtOnceThenWithPauses() {
        groups.request("lb1", "web", 0);
        due(0);
        snapshot("lb1", SECOND);
        groups.lost("lb2", SECOND);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.COMPLETE);
        groups.lost("lb1", 10 * SECOND);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.BROKEN);
        assertThat(due(10 * SECOND)).hasSize(1);
        take(Change.SNAPSHOT_BEGIN, "lb1", 10 * SECOND);
        groups.lost("lb1", 10 * SECOND + 1);
        assertThat(due(10 * SECOND + 2)).isEmpty();
        assertThat(due(12 * SECOND)).hasSize(1);
    }

    @Test
    void aCompleteCopyStaysSoWhenThisDirectorTakesOver() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        due(0);
        snapshot("lb1", 0);
        groups.epoch("web", 6, SECOND);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.COMPLETE);
        groups.lost("lb1", SECOND); // It comes back, but is not followed any more.
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.COMPLETE);
        assertThat(due(SECOND)).isEmpty();
    }

    @Test
    void anUnfinishedSnapshotOfAnEndedHoldingIsAskedOfTheNewHolder() {
        groups.admit(WEB, 5, "lb1", 0);
        take(Change.SNAPSHOT_BEGIN, "lb1", 0);
        groups.admit(WEB, 6, "lb3", SECOND);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.BROKEN);
        take(Change.SNAPSHOT_END, "lb1", SECOND);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.BROKEN);
        assertThat(due(SECOND)).containsExactly(new Request("lb3", "web", 6));
    }

    @Test
    void aSnapshotCountsOnlyOfWhomIsFollowed() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        assertThat(take(Change.SNAPSHOT_BEGIN, "lb2", 0)).isZero();
        take(Change.SNAPSHOT_BEGIN, "lb1", 0);
        assertThat(take(Change.SNAPSHOT_ENTRY, "lb1", 0)).isEqualTo(Change.SNAPSHOT_ENTRY);
        assertThat(take(Change.SNAPSHOT_ENTRY, "lb2", 0)).isEqualTo(Change.UPSERT);
        assertThat(take(Change.SNAPSHOT_END, "lb2", 0)).isZero();
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.RECEIVING);
        assertThat(groups.source("web")).contains("lb1");
    }

    @Test
    void theRestOfASnapshotWhoseBeginningWasLostIsNoSnapshot() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        take(Change.SNAPSHOT_BEGIN, "lb1", 0);
        groups.lost("lb1", 0);
        assertThat(take(Change.SNAPSHOT_ENTRY, "lb1", 0)).isEqualTo(Change.UPSERT);
        assertThat(take(Change.SNAPSHOT_END, "lb1", 0)).isZero();
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.BROKEN);
    }

    @Test
    void aDigestIsComparedWithAWholeCopyOfItsSenderOnly() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        assertThat(take(Change.DIGEST, "lb1", 0)).isZero();
        snapshot("lb1", 0);
        assertThat(take(Change.DIGEST, "lb1", 0)).isEqualTo(Change.DIGEST);
        assertThat(take(Change.DIGEST, "lb2", 0)).isZero();
    }

    @Test
    void aSnapshotThatEndsWhenAnotherHoldingIsFollowedByNowIsNoCopyOfThat() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        take(Change.SNAPSHOT_BEGIN, "lb1", 0);
        assertThat(groups.sift(WEB, Change.SNAPSHOT_END, "lb1")).isEqualTo(Change.SNAPSHOT_END);
        groups.epoch("web", 7, 0);
        groups.request("lb2", "web", 0);
        groups.taken(WEB, Change.SNAPSHOT_END, 5, "lb1", 0);
        assertThat(due(0)).containsExactly(new Request("lb2", "web", 7));
        groups.taken(WEB, Change.SNAPSHOT_BEGIN, 5, "lb1", 0);
        assertThat(groups.snapshot("web")).isEqualTo(SnapshotState.REQUESTED);
    }

    @Test
    void thePositionIsThatOfAWholeCopy() {
        groups.admit(WEB, 5, "lb1", 0);
        groups.request("lb1", "web", 0);
        groups.taken(WEB, "lb1", 60);
        assertThat(position()).isEqualTo("0: 0");
        snapshot("lb1", 0);
        groups.taken(WEB, "lb1", 70);
        groups.taken(WEB, "lb2", 99);
        assertThat(position()).isEqualTo("5: 70");
        groups.lost("lb1", 0);
        groups.taken(WEB, "lb1", 80);
        assertThat(position()).isEqualTo("5: 70");
        groups.admit(WEB, 6, "lb2", 0);
        assertThat(position()).isEqualTo("5: 70");
    }

    private String position() {
        var group = groups.stats().getFirst();
        return group.positionEpoch() + ": " + group.position();
    }
}
