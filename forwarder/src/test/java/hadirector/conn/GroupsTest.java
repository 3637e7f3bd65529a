package hadirector.conn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A director that lives long sees more names of groups than there are leases in the kernel.
class GroupsTest {
    private final TestTable test = new TestTable(10, 1, 0);
    private final Groups groups = test.groups;

    @BeforeEach
    void fill() {
        for (int id = 1; id <= Groups.GROUPS_MAX; id++) {
            assertThat(groups.index(id)).isEqualTo(id - 1);
        }
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void thereIsNoIndexForOneMoreWhileAllAreConfigured() {
        assertThat(groups.index(5)).isEqualTo(4);
        assertThat(groups.index(-1)).isEqualTo(ConnectionTable.NONE);
        assertThatThrownBy(() -> groups.required(-1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theIndexOfAGroupThatIsGoneIsGivenToAnotherOnce() {
        groups.open(4, 77, 1);
        groups.close(4);
        groups.retain(id -> id != 5);
        assertThat(groups.index(-1)).isEqualTo(4);
        assertThat(groups.id(4)).isEqualTo(-1);
        assertThat(groups.epoch(4)).isZero();
        assertThat(groups.index(-1)).isEqualTo(4);
        assertThat(groups.index(-2)).isEqualTo(ConnectionTable.NONE);
    }

    @Test
    void indexesOfGroupsThatAreGoneAreUsedInTurn() {
        groups.retain(id -> id > 3);
        assertThat(groups.index(-1)).isZero();
        groups.retain(id -> id > 3);
        assertThat(groups.index(-2)).isOne();
        assertThat(groups.index(-3)).isEqualTo(2);
        assertThat(groups.index(-4)).isZero();
    }

    @Test
    void aGroupThatIsHeldOrHasASlotKeepsItsIndex() {
        groups.open(0, 1, 1);
        int slot = test.insert(TestTable.connection(new Random(1)), 1, 1, 0, 0);
        groups.retain(_ -> false);
        assertThat(groups.index(-1)).isEqualTo(2);
        test.table.recording(true);
        groups.open(1, 1, 1);
        test.table.state(slot, 2);
        groups.close(1);
        test.table.remove(slot, 1);
        groups.retain(id -> id != 2);
        assertThat(groups.index(-2)).as("others have to be told of it").isEqualTo(ConnectionTable.NONE);
        test.table.takeDirty(1);
        assertThat(groups.index(-2)).isOne();
    }
}
