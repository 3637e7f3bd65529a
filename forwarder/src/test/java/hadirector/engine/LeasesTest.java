package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.fastpath.SharedMaps;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeasesTest {
    private static final long MILLI = 1_000_000;
    private static final long LEASE = 400 * MILLI;
    private static final long SPAN = LEASE - Leases.MARGIN_NANOS;
    private static final long BEGIN = nearTheEnd();

    private final Map<Integer, Long> deadlines = new TreeMap<>();
    private long sender = SharedMaps.FOREVER;
    private final Leases leases = new Leases(Duration.ofNanos(LEASE), this::set, BEGIN);

    /// System.nanoTime may run over.
    private static long nearTheEnd() {
        return Long.MAX_VALUE - 100 * MILLI;
    }

    private void set(int index, long deadline) {
        if (index == SharedMaps.SENDER) {
            sender = deadline;
        } else {
            deadlines.put(index, deadline);
        }
    }

    private long deadline(int group) {
        return deadlines.getOrDefault(group, 0L);
    }

    private int renew(long after) {
        leases.ownerTurns();
        return leases.renew(BEGIN + after);
    }

    @Test
    void anOpenGroupHasADeadlineAtOnceAndALaterOneAfterEachRenewal() {
        leases.hold("web", 3, BEGIN + MILLI);
        assertThat(deadlines).containsExactly(Map.entry(3, BEGIN + MILLI + SPAN));
        renew(11 * MILLI);
        leases.hold("mail", 4, BEGIN + 15 * MILLI);
        assertThat(deadlines).containsOnly(Map.entry(3, BEGIN + 11 * MILLI + SPAN), Map.entry(4, BEGIN + 11 * MILLI + SPAN));
    }

    @Test
    void whatTheEngineSendsHasTheSameDeadlineWhileAnyGroupIsOpen() {
        leases.hold("web", 3, BEGIN);
        leases.hold("mail", 4, BEGIN);
        assertThat(sender).isEqualTo(BEGIN + SPAN);
        renew(10 * MILLI);
        leases.release("web");
        assertThat(sender).isEqualTo(BEGIN + 10 * MILLI + SPAN);
        renew(11 * MILLI + SPAN);
        assertThat(sender).as("after a pause").isEqualTo(BEGIN + 10 * MILLI + SPAN);
        leases.release("mail");
        assertThat(sender).as("no group is open").isEqualTo(SharedMaps.FOREVER);
        renew(12 * MILLI + SPAN);
        assertThat(sender).isEqualTo(SharedMaps.FOREVER);
    }

    @Test
    void aReleasedGroupHasNoneAndIsNotRenewed() {
        leases.hold("web", 3, BEGIN);
        leases.hold("mail", 4, BEGIN);
        leases.release("web");
        renew(10 * MILLI);
        assertThat(deadlines).containsOnly(Map.entry(3, 0L), Map.entry(4, BEGIN + 10 * MILLI + SPAN));
    }

    @Test
    void aPauseShorterThanTheLeaseChangesNothing() {
        leases.hold("web", 3, BEGIN);
        assertThat(leases.lapsed(BEGIN + SPAN - 1)).isFalse();
        assertThat(leases.fence(BEGIN + SPAN - 1)).isNull();
        renew(SPAN - 1);
        assertThat(deadlines).containsOnly(Map.entry(3, BEGIN + SPAN - 1 + SPAN));
    }

    @Test
    void afterAPauseNothingIsRenewedUntilAllGroupsAreReleased() {
        leases.hold("web", 3, BEGIN);
        leases.hold("mail", 4, BEGIN);
        renew(SPAN);
        assertThat(deadlines).containsOnly(Map.entry(3, BEGIN + SPAN), Map.entry(4, BEGIN + SPAN));
        assertThat(leases.lapsed(BEGIN)).as("whatever the clock of the reader says").isTrue();
        assertThat(leases.fence(BEGIN + SPAN + 5 * MILLI))
                .isEqualTo(new EngineEvent.Fenced(Set.of("web", "mail"), Duration.ofNanos(SPAN)));
        leases.release("web");
        assertThat(leases.lapsed(BEGIN)).isTrue();
        renew(SPAN + 10 * MILLI);
        assertThat(deadlines).containsEntry(4, BEGIN + SPAN);
        leases.release("mail");
        assertThat(leases.lapsed(BEGIN + SPAN + 20 * MILLI)).isFalse();
        leases.hold("web", 3, BEGIN + 5 * LEASE);
        assertThat(deadlines).containsEntry(3, BEGIN + 5 * LEASE + SPAN);
    }

    @Test
    void whoStopsAGroupAfterAPauseDoesNotLetTheEngineSendWhatItDecidedBefore() {
        leases.hold("web", 3, BEGIN);
        leases.stop("web");
        assertThat(deadlines).containsOnly(Map.entry(3, 0L));
        renew(10 * MILLI);
        leases.hold("web", 3, BEGIN + 11 * MILLI);
        assertThat(deadlines).as("not renewed, nor by an order from before").containsOnly(Map.entry(3, 0L));
        assertThat(leases.lapsed(BEGIN + 3 * LEASE)).isTrue();
        assertThat(sender).isEqualTo(BEGIN + 10 * MILLI + SPAN);
        assertThat(leases.fence(BEGIN + 3 * LEASE)).as("closed already").matches(fenced -> fenced.groups().isEmpty());
        leases.release("web");
        assertThat(leases.lapsed(BEGIN + 3 * LEASE)).isFalse();
        leases.hold("web", 3, BEGIN + 4 * LEASE);
        assertThat(deadlines).containsOnly(Map.entry(3, BEGIN + 4 * LEASE + SPAN));
    }

    @Test
    void theOwnerFindsThePauseFirstAndTheKeeperDoesNotUndoIt() {
        leases.hold("web", 3, BEGIN);
        assertThat(leases.fence(BEGIN + LEASE)).isNotNull();
        renew(SPAN - 1); // Its clock was read before.
        assertThat(deadlines).containsOnly(Map.entry(3, BEGIN + SPAN));
        assertThat(leases.fence(BEGIN + LEASE)).isNotNull();
    }

    @Test
    void aRenewalWithATimeReadBeforeAPauseGivesNoDeadlineAfterIt() {
        leases.hold("web", 3, BEGIN);
        long beforeThePause = BEGIN + 10 * MILLI;
        long afterThePause = beforeThePause + 3 * LEASE;
        leases.renew(beforeThePause);
        assertThat(deadline(3) - afterThePause).isNegative();
        assertThat(leases.fence(afterThePause)).isNotNull();
    }

    @Test
    void aGroupThatIsOpenedAfterAPauseThatNobodyHasNoticedGetsNoDeadline() {
        leases.hold("web", 3, BEGIN);
        leases.hold("mail", 4, BEGIN + LEASE);
        assertThat(deadlines).doesNotContainKey(4);
        assertThat(leases.fence(BEGIN + LEASE)).isNotNull();
        leases.release();
        assertThat(deadlines).containsOnly(Map.entry(3, 0L), Map.entry(4, 0L));
    }

    @Test
    void aDirectorThatHoldsNothingIsNeverFenced() {
        assertThat(leases.lapsed(BEGIN + 10 * LEASE)).isFalse();
        assertThat(leases.fence(BEGIN + 10 * LEASE)).isNull();
        renew(20 * LEASE);
        assertThat(leases.fence(BEGIN + 30 * LEASE)).isNull();
    }

    @Test
    void anOwnerThatDoesNotComeBackIsNotRenewedForForEver() {
        leases.hold("web", 3, BEGIN);
        leases.ownerTurns();
        for (int i = 1; i <= Leases.OWNER_RENEWALS; i++) {
            assertThat(leases.renew(BEGIN + i * 10L * MILLI)).isEqualTo(i - 1);
        }
        long last = deadline(3);
        assertThat(leases.renew(BEGIN + (Leases.OWNER_RENEWALS + 1L) * 10 * MILLI)).isEqualTo(Leases.OWNER_RENEWALS);
        assertThat(deadlines).containsEntry(3, last);
        renew((Leases.OWNER_RENEWALS + 2L) * 10 * MILLI);
        assertThat(deadline(3)).as("it is back in time").isGreaterThan(last - LEASE).isNotEqualTo(last);
    }

    @Test
    void whatIsConfiguredNoMoreIsNotHeld() {
        leases.hold("web", 3, BEGIN);
        leases.hold("mail", 4, BEGIN);
        leases.retain(Set.of("mail", "ftp"));
        assertThat(deadlines).containsOnly(Map.entry(3, 0L), Map.entry(4, BEGIN + SPAN));
    }
}
