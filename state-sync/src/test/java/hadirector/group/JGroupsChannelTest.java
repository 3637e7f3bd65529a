package hadirector.group;

import static hadirector.group.Inbox.bytes;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.door.Refused;
import hadirector.group.ClusterChannel.MessageKind;
import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Task;
import hadirector.keys.KeysException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real channels on loopback addresses of one JVM.
class JGroupsChannelTest {
    @TempDir private Path folder = Path.of("");

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
    void aStrangerDoesNotGetIn() throws Exception {
        var wide = TestGroup.cluster("lb1", "lb2", "intruder");
        var narrowMembers = new LinkedHashMap<>(wide.members());
        narrowMembers.remove("intruder");
        var narrow = new Cluster(wide.name(), narrowMembers, wide.detection(), wide.lease(), wide.arbiter(), wide.keys());
        var one = join(narrow, "lb1");
        var channelOne = open.getFirst();
        join(wide, "intruder").awaitMembers("intruder");
        open.getFirst().send("lb1", MessageKind.CONTROL, bytes("evil"), 4);
        var two = join(narrow, "lb2");
        two.awaitMembers("lb1", "lb2");
        open.getFirst().send("lb1", MessageKind.CONTROL, bytes("good"), 4);
        assertThat(one.awaitMail().text()).isEqualTo("good");
        assertThat(channelOne.stats().refused()).containsKey(Refused.STRANGER);
        assertThat(one.views).allSatisfy(v -> assertThat(v.members()).doesNotContain("intruder"));
    }

    @Test
    void aDirectorOfAnotherClusterNameIsNotMet() throws Exception {
        var staging = TestGroup.cluster("lb1", "lb2");
        var production = new Cluster(staging.name() + "-production", staging.members(), staging.detection(), staging.lease(),
                staging.arbiter(), staging.keys());
        var one = join(staging, "lb1");
        var two = join(production, "lb2");
        assertThat(one.awaitMembers("lb1").members()).containsExactly("lb1");
        assertThat(two.awaitMembers("lb2").members()).containsExactly("lb2");
        assertThat(one.views).isEmpty();
        assertThat(two.views).isEmpty();
    }

    @Test
    void encryptedDirectorsMeetAndSeeOneOfThemEndAtOnce() throws Exception {
        var cluster = TestGroup.encrypted(folder, "lb1", "lb2");
        var one = join(cluster, "lb1");
        var two = join(cluster, "lb2");
        one.awaitMembers("lb1", "lb2");
        two.awaitMembers("lb1", "lb2");
        open.getFirst().send("lb1", MessageKind.CONTROL, bytes("hello"), 5);
        assertThat(one.awaitMail().text()).isEqualTo("hello");
        var stats = open.getFirst().stats();
        assertThat(stats.encrypted()).isTrue();
        assertThat(stats.keysUntil()).containsOnlyKeys("lb1", "lb2");
        assertThat(stats.refused()).isEmpty();
        assertThat(open.getFirst().warnings()).containsOnlyKeys("keys of lb1", "keys of lb2"); // A day is less than 30.
        open.pop().close();
        one.awaitMembers("lb1");
    }

    @Test
    void aDirectorWithoutUsableKeysDoesNotStart() throws Exception {
        var cluster = TestGroup.encrypted(folder, "lb1", "lb2");
        Files.copy(folder.resolve("lb1.pem"), folder.resolve("lb2.pem"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> new JGroupsChannel(cluster, "lb2"))
                .isInstanceOf(KeysException.class).hasMessageContaining("is the key of lb1");
        Files.delete(folder.resolve("lb2.pem"));
        assertThatThrownBy(() -> new JGroupsChannel(cluster, "lb2")).hasMessageContaining("lb2.pem is not there");
    }

    /// Every step of a rotation with both directors up at its end: new keys to one, then to the other, each restarted in turn.
    @Test
    void keysAndAuthorityAreExchangedOneDirectorAfterTheOther() throws Exception {
        var cluster = TestGroup.encrypted(folder, "lb1", "lb2");
        var names = List.of("lb1", "lb2");
        var running = new HashMap<String, Running>();
        for (String name : names) {
            Files.createDirectory(at(name));
            bring(name);
            running.put(name, start(cluster, name));
        }
        awaitBoth(running);
        for (var task : List.of(Task.RENEW, Task.RENEW_AUTHORITY, Task.FORGET_OLD_AUTHORITY)) {
            var _ = new KeyFolder(folder, cluster.name(), Duration.ofDays(1), Instant.now()).run(task, names);
            for (String name : names) {
                bring(name);
                requireNonNull(running.remove(name)).channel.close();
                running.put(name, start(cluster, name));
                awaitBoth(running);
            }
        }
        assertThat(running.values()).allSatisfy(each -> assertThat(each.channel.stats().refused()).isEmpty());
    }

    private record Running(JGroupsChannel channel, Inbox inbox) {}

    private Path at(String name) {
        return folder.resolve("at-" + name);
    }

    private void bring(String name) throws IOException {
        Files.copy(folder.resolve(name + ".pem"), at(name).resolve(name + ".pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private Running start(Cluster cluster, String name) throws Exception {
        var inbox = join(cluster.encrypted(at(name)), name);
        return new Running(open.getFirst(), inbox);
    }

    private static void awaitBoth(Map<String, Running> running) throws InterruptedException {
        for (var each : running.values()) {
            each.inbox.awaitMembers("lb1", "lb2");
        }
    }

    /// lb1 is on a second network too, as when the file has changed and lb2 is not there.
    @Test
    void membersWithOneAndWithTwoNetworksUnderstandEachOther() throws Exception {
        var narrow = TestGroup.cluster("lb1", "lb2");
        var more = TestGroup.cluster("lb1").members();
        var members = new LinkedHashMap<>(narrow.members());
        members.put("lb1", List.of(narrow.address("lb1").orElseThrow(), requireNonNull(more.get("lb1")).getFirst()));
        var wide = new Cluster(
                narrow.name(), members, narrow.detection(), narrow.lease(), narrow.arbiter(), narrow.keys());
        var one = join(wide, "lb1");
        var channelOne = open.getFirst();
        var two = join(narrow, "lb2");
        one.awaitMembers("lb1", "lb2");
        two.awaitMembers("lb1", "lb2");
        for (int i = 0; i < 100; i++) {
            byte[] text = bytes(Integer.toString(i));
            channelOne.send("lb2", MessageKind.SYNC, text, text.length);
            open.getFirst().send("lb1", MessageKind.CONTROL, text, text.length);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(two.awaitMail()).isEqualTo(new Inbox.Mail("lb1", MessageKind.SYNC, Integer.toString(i)));
            assertThat(one.awaitMail()).isEqualTo(new Inbox.Mail("lb2", MessageKind.CONTROL, Integer.toString(i)));
        }
    }

    @Test
    void aNameOutsideTheConfigCannotJoin() throws Exception {
        var cluster = TestGroup.cluster("lb1");
        assertThatThrownBy(() -> new JGroupsChannel(cluster, "lb9"))
                .hasMessageContaining("lb9 is not a member");
    }
}
