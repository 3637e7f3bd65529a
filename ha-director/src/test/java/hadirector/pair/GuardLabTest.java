package hadirector.pair;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who may take over, with real processes: what is measured is who answers ARP on the wire.
@Lab
@NeedsCommand(value = "arping", debianPackage = "iputils-arping")
class GuardLabTest {
    private static final Pattern MAC = Pattern.compile("\\[([0-9A-Fa-f:]{17})]");

    private static final int PAUSES = 25;

    private final DirectorPair pair = new DirectorPair(1);

    @AfterEach
    void close() {
        pair.close();
    }

    private void start(String cluster) throws Exception {
        pair.cluster(cluster).config(pair.service("shop", "tcp", 80)).startBoth();
    }

    /// Who answers for the VIP within about two seconds.
    private Set<String> holders() {
        return MAC.matcher(pair.client.tryOutput("arping -c 3 -w 3 -I eth0 " + DirectorPair.VIP))
                .results()
                .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private String mac(String director) {
        return pair.nic(director, 0).mac();
    }

    private StatusReport.Group group(String director) {
        return requireNonNull(pair.status(director)).groups().getFirst();
    }

    private long takenBy(String director) {
        return pair.ask(director, new Request.Failovers(Optional.of("web"))) instanceof Reply.Failovers(var reports)
                ? reports.stream().filter(report -> report.to().equals(director)).count()
                : -1;
    }

    private boolean alarms(String director, String words) {
        var status = pair.status(director);
        return status != null && Objects.toString(status.groups().getFirst().alarm(), "").contains(words);
    }

    @Test
    void whenOnlyTheClusterNetworkIsCutTheHolderGoesOnAndBothRaiseAnAlarm() throws Exception {
        start("");
        pair.nic("lb2", 2).unplug();
        pair.await("lb2 hears lb1", () -> alarms("lb2", "lb1 holds it and is heard on a client network only"));
        pair.await("lb1 misses lb2", () -> alarms("lb1", "lb2 cannot take over"));
        assertThat(holders()).containsExactly(mac("lb1"));
        assertThat(group("lb1").role()).isEqualTo(StatusReport.Role.ACTIVE);
        assertThat(group("lb2").role()).isEqualTo(StatusReport.Role.BACKUP);
        assertThat(takenBy("lb2")).as("takeovers by lb2, however often it has claimed").isZero();
        pair.nic("lb2", 2).plug();
        pair.awaitSettled("lb1");
        pair.await("no alarm", () -> group("lb1").alarm() == null && group("lb2").alarm() == null);
    }

    @Test
    void aHolderThatStoodStillIsABackupWhenItGoesOn() throws Exception {
        start("");
        pair.process("lb1").signal("STOP");
        pair.awaitHolder("lb2", "lb2");
        assertThat(holders()).containsExactly(mac("lb2"));
        var twice = new AtomicBoolean();
        var watch = Thread.ofPlatform().start(() -> twice.set(holders().contains(mac("lb1"))));
        pair.process("lb1").signal("CONT");
        watch.join();
        assertThat(twice).as("lb1 answers again").isFalse();
        pair.awaitSettled("lb2");
        assertThat(group("lb1").role()).isEqualTo(StatusReport.Role.BACKUP);
    }

    /// Whoever cannot hear the holder has nothing but its answers to go by.
    @Test
    void withoutCommonKeysAShortPauseMakesNoSecondHolder() throws Exception {
        var shop = pair.service("shop", "tcp", 80);
        pair.config(shop).start("lb1");
        pair.awaitHolder("lb1", "lb1");
        pair.otherKeys().config(shop).start("lb2").awaitOutput("another director answers for", Duration.ofSeconds(60));
        for (int i = 0; i < PAUSES; i++) {
            pair.process("lb1").signal("STOP");
            Thread.sleep(250); // Less than the lease.
            pair.process("lb1").signal("CONT");
            Thread.sleep(300);
        }
        assertThat(holders()).hasSize(1);
    }

    @Test
    void withAGatewayTheHolderIsWhereTheGatewayIs() throws Exception {
        pair.lab.host("gw").nic("eth0", pair.outside, "192.0.2.254/24");
        start("arbiter { type = gateway, addresses = [\"192.0.2.254@eth0\"] }");
        pair.nic("lb1", 2).unplug();
        pair.nic("lb1", 0).mute();
        pair.nic("lb1", 1).mute();
        pair.awaitHolder("lb2", "lb2");
        pair.await("lb1 gives up", () -> group("lb1").role() == StatusReport.Role.BACKUP);
        assertThat(group("lb1").unfit()).contains("gateway");
        assertThat(holders()).containsExactly(mac("lb2"));
        pair.nic("lb1", 0).unmute(pair.outside);
        pair.nic("lb1", 1).unmute(pair.inside);
        pair.nic("lb1", 2).plug();
        pair.awaitSettled("lb2");
        assertThat(holders()).containsExactly(mac("lb2"));
    }

    /// Its links are up and the cluster network is whole: only the gateway tells that its port of the switch leads nowhere.
    @Test
    void withAGatewayAHolderThatHasLostItsClientsHandsOver() throws Exception {
        pair.lab.host("gw").nic("eth0", pair.outside, "192.0.2.254/24");
        start("arbiter { type = gateway, addresses = [\"192.0.2.254@eth0\"] }");
        pair.nic("lb1", 0).mute();
        pair.awaitHolder("lb2", "lb2");
        assertThat(holders()).containsExactly(mac("lb2"));
        pair.nic("lb1", 0).unmute(pair.outside);
        pair.awaitSettled("lb2");
        assertThat(holders()).containsExactly(mac("lb2"));
    }

    @Test
    void withAWitnessTheHolderIsWhereTheWitnessIs() throws Exception {
        var host = pair.witness("w1");
        pair.cluster("arbiter = witness").config(pair.service("shop", "tcp", 80));
        var witness = host.start(Map.of(), pair.java("w1", "witness"));
        pair.startBoth();
        pair.nic("lb1", 2).unplug();
        pair.nic("lb1", 0).mute();
        pair.nic("lb1", 1).mute();
        pair.awaitHolder("lb2", "lb2");
        pair.await("lb1 gives up", () -> group("lb1").role() == StatusReport.Role.BACKUP);
        assertThat(group("lb1").unfit()).contains("no more than half of the 3 members");
        pair.nic("lb1", 0).unmute(pair.outside);
        pair.nic("lb1", 1).unmute(pair.inside);
        pair.nic("lb1", 2).plug();
        pair.awaitSettled("lb2");
        assertThat(holders()).containsExactly(mac("lb2"));
        assertThat(witness.isAlive()).isTrue();
    }
}
