package hadirector.group;

import static hadirector.group.Inbox.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.group.ClusterChannel.MessageKind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Real channels on loopback addresses of one JVM.
class JGroupsChannelTest {
    private final Deque<JGroupsChannel> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        open.forEach(JGroupsChannel::close);
    }

    private Inbox join(Cluster cluster, String name) throws Exception {
        var inbox = new Inbox();
        var channel = new JGroupsChannel(cluster, name);
        open.push(channel);
        channel.connect(inbox);
        return inbox;
    }

    @Test
    void twoDirectorsOnLoopbackAddressesSeeEachOtherAndOneSeesTheOtherLeave() throws Exception {
        var cluster = TestGroup.cluster("lb1", "lb2");
        var one = join(cluster, "lb1");
        assertThat(one.awaitMembers("lb1").number()).isEqualTo(1);
        var two = join(cluster, "lb2");
        one.awaitMembers("lb1", "lb2");
        assertThat(two.awaitMembers("lb1", "lb2").merged()).isFalse();
        open.pop().close();
        one.awaitMembers("lb1");
    }

    @Test
    void messagesOfOneSenderComeInOrderWithTheirKind() throws Exception {
        var cluster = TestGroup.cluster("lb1", "lb2");
        var one = join(cluster, "lb1");
        join(cluster, "lb2");
        var two = open.getFirst();
        one.awaitMembers("lb1", "lb2");
        byte[] reused = new byte[16];
        for (int i = 0; i < 1_000; i++) {
            byte[] text = bytes(Integer.toString(i));
            System.arraycopy(text, 0, reused, 0, text.length);
            two.send("lb1", i % 2 == 0 ? MessageKind.SYNC : MessageKind.CONTROL, reused, text.length);
        }
        for (int i = 0; i < 1_000; i++) {
            var kind = i % 2 == 0 ? MessageKind.SYNC : MessageKind.CONTROL;
            assertThat(one.awaitMail()).isEqualTo(new Inbox.Mail("lb2", kind, Integer.toString(i)));
        }
    }

    @Test
    void aMessageToAMemberThatIsNotThereIsDropped() throws Exception {
        var cluster = TestGroup.cluster("lb1", "lb2");
        join(cluster, "lb1");
        open.getFirst().send("lb2", MessageKind.SYNC, bytes("x"), 1);
        open.getFirst().close();
        open.getFirst().send("lb1", MessageKind.SYNC, bytes("x"), 1);
    }

    @Test
    void aStrangerIsLeftOutOfViewsAndNotHeard() throws Exception {
        var wide = TestGroup.cluster("lb1", "lb2", "intruder");
        var narrowMembers = new LinkedHashMap<>(wide.members());
        narrowMembers.remove("intruder");
        var narrow = new Cluster(wide.name(), narrowMembers, wide.detection(), wide.lease(), wide.arbiter());
        var one = join(narrow, "lb1");
        var channelOne = open.getFirst();
        join(wide, "intruder").awaitMembers("lb1", "intruder");
        open.getFirst().send("lb1", MessageKind.CONTROL, bytes("evil"), 4);
        var two = join(narrow, "lb2");
        two.awaitMembers("lb1", "lb2");
        open.getFirst().send("lb1", MessageKind.CONTROL, bytes("good"), 4);
        assertThat(one.awaitMail().text()).isEqualTo("good");
        assertThat(channelOne.warnings()).containsEntry(
                "strangers", "not in cluster.members, ignored: intruder");
        assertThat(one.views).allSatisfy(v -> assertThat(v.members()).doesNotContain("intruder"));
    }

    @Test
    void aDirectorOfAnotherClusterNameIsNotMet() throws Exception {
        var staging = TestGroup.cluster("lb1", "lb2");
        var production = new Cluster(
                staging.name() + "-production", staging.members(), staging.detection(), staging.lease(), staging.arbiter());
        var one = join(staging, "lb1");
        var two = join(production, "lb2");
        assertThat(one.awaitMembers("lb1").members()).containsExactly("lb1");
        assertThat(two.awaitMembers("lb2").members()).containsExactly("lb2");
        assertThat(one.views).isEmpty();
        assertThat(two.views).isEmpty();
    }

    @Test
    void theSocketDetectorWatchesItsNeighbour() throws Exception {
        var cluster = TestGroup.cluster("lb1", "lb2", "lb3");
        var one = join(cluster, "lb1");
        join(cluster, "lb2");
        join(cluster, "lb3");
        one.awaitMembers("lb1", "lb2", "lb3");
        for (var channel : open) {
            awaitWatching(channel);
            assertThat(channel.warnings()).isEmpty();
        }
    }

    private static void awaitWatching(JGroupsChannel channel) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!channel.watchesNeighbour() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(channel.watchesNeighbour()).isTrue();
    }

    @Test
    void aNameOutsideTheConfigCannotJoin() throws Exception {
        var cluster = TestGroup.cluster("lb1");
        assertThatThrownBy(() -> new JGroupsChannel(cluster, "lb9"))
                .hasMessageContaining("lb9 is not a member");
    }
}
