package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.afpacket.PacketPort;
import hadirector.afpacket.Ports;
import hadirector.fastpath.FastPath;
import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.Lab;
import hadirector.lab.NetLab;
import hadirector.linux.Poller;
import hadirector.model.IpAddress;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.packet.BeaconView;
import hadirector.packet.EthernetView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A holder's beacons: two directors on one LAN, and somebody who records and repeats what he hears.
@Lab
class BeaconLabTest {
    private static final byte[] SECRET = {1, 2, 3};

    private final NetLab lab = new NetLab();
    private final Host one = lab.host("lb1");
    private final Host two = lab.host("lb2");
    private final Host thief = lab.host("thief");
    private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();
    private final List<PacketEngine> engines = new ArrayList<>();
    private final Poller poller = new Poller(2 * PacketPort.DESCRIPTORS);

    @BeforeEach
    void wire() {
        var lan = lab.segment("lan");
        one.nic("eth0", lan, "192.0.2.1/24");
        two.nic("eth0", lan, "192.0.2.2/24");
        thief.nic("eth0", lan, "192.0.2.3/24");
    }

    @AfterEach
    void close() {
        engines.forEach(PacketEngine::close);
        lab.close();
        poller.close();
    }

    private PacketEngine engine(Host host, BeaconIdentity identity) {
        return engine(host, identity, List.of(new Vip(IpAddress.of("192.0.2.10"), 24, "eth0")));
    }

    private PacketEngine engine(Host host, BeaconIdentity identity, List<Vip> vips) {
        var engine = host.in(() -> new PacketEngine(EngineOptions.of(1_000), events::add));
        engines.add(engine);
        engine.identify(identity);
        engine.configure(List.of(new VipGroup("web", vips, List.of(), Map.of("lb1", 1, "lb2", 1), false)), List.of());
        return engine;
    }

    private static BeaconIdentity director(String name) {
        return BeaconIdentity.of("lab", name, SECRET);
    }

    private static long count(PacketEngine engine, Counter counter) {
        return engine.stats().counters().getOrDefault(counter, 0L);
    }

    private long heard(String director, int epoch) {
        return events.stream().filter(new EngineEvent.HolderHeard("web", director, epoch)::equals).count();
    }

    private PacketPort record(List<byte[]> beacons, int atLeast) {
        var port = Ports.open(thief, "eth0", FastPath.MARK, poller);
        record(port, beacons, atLeast);
        return port;
    }

    private void record(PacketPort port, List<byte[]> beacons, int atLeast) {
        while (beacons.size() < atLeast) {
            poller.await(1_000);
            int n = port.receive();
            for (int slot = 0; slot < n; slot++) {
                byte[] frame = port.memory().asSlice(port.frame(slot), port.length(slot)).toArray(ValueLayout.JAVA_BYTE);
                if (new EthernetView(MemorySegment.ofArray(frame), 0).type() == BeaconView.TYPE) {
                    beacons.add(frame);
                }
            }
        }
    }

    private static void send(PacketPort port, byte[] frame) {
        int slot = port.make();
        MemorySegment.copy(frame, 0, port.memory(), ValueLayout.JAVA_BYTE, port.frame(slot), frame.length);
        port.length(slot, frame.length);
        port.send(port, slot);
        port.flush();
    }

    @Test
    void anotherDirectorHearsTheHolderUntilItCloses() throws Exception {
        var backup = engine(two, director("lb2"));
        var holder = engine(one, director("lb1"));
        assertThat(count(holder, Counter.BEACONS_SENT)).isZero();
        holder.open("web", 7);
        Await.until("beacons", () -> heard("lb1", 7) >= 5);
        holder.open("web", 8);
        Await.until("beacons of the new epoch", () -> heard("lb1", 8) >= 5);
        assertThat(count(holder, Counter.BEACONS_SENT)).isGreaterThan(9);
        holder.close("web");
        Await.until("farewell", () -> events.contains(new EngineEvent.HolderLeft("web", "lb1", 8)));
        long before = heard("lb1", 8);
        assertThat(one.tryOutput("sleep 0.3")).isEmpty();
        assertThat(heard("lb1", 8)).as("heard after the farewell").isEqualTo(before);
        holder.open("web", 9);
        Await.until("beacons again", () -> heard("lb1", 9) > 1);
        assertThat(count(backup, Counter.BEACONS_HEARD)).isGreaterThan(9);
        assertThat(count(holder, Counter.BEACONS_HEARD)).as("its own").isZero();
    }

    @Test
    void anOrderToOpenThatIsOlderThanTheLeaseIsRefused() throws Exception {
        var engine = engine(one, director("lb1"));
        engine.open("web", 7, System.nanoTime() - EngineOptions.LEASE.toNanos());
        Await.until("the refusal", () -> events.stream().anyMatch(EngineEvent.Fenced.class::isInstance));
        assertThat(count(engine, Counter.OPENS_REFUSED)).isEqualTo(1);
        engine.open("web", 8, System.nanoTime());
        Await.until("what was decided before its word came is refused as well", () -> count(engine, Counter.OPENS_REFUSED) == 2);
        engine.close("web");
        engine.open("web", 8, System.nanoTime());
        Await.until("beacons", () -> count(engine, Counter.BEACONS_SENT) > 0);
        engine.open("web", 9, System.nanoTime() - EngineOptions.LEASE.toNanos());
        Await.until("the refusal", () -> count(engine, Counter.OPENS_REFUSED) == 3);
        assertThat(one.tryOutput("sleep 0.4")).isEmpty();
        long sent = count(engine, Counter.BEACONS_SENT);
        assertThat(one.tryOutput("sleep 0.2")).isEmpty();
        assertThat(count(engine, Counter.BEACONS_SENT)).as("closed, as Fenced says").isEqualTo(sent);
    }

    @Test
    void twoHoldersHearEachOther() throws Exception {
        engine(one, director("lb1")).open("web", 7);
        engine(two, director("lb2")).open("web", 9);
        Await.until("both", () -> heard("lb1", 7) > 1 && heard("lb2", 9) > 1);
    }

    @Test
    void otherClustersAndOtherKeysAreNotBelieved() throws Exception {
        engine(one, director("lb1")).open("web", 7);
        var foreign = engine(two, BeaconIdentity.of("other", "lb2", SECRET));
        Await.until("beacons", () -> count(foreign, Counter.BEACONS_FOREIGN) > 1);
        foreign.identify(BeaconIdentity.of("lab", "lb2", new byte[] {9}));
        Await.until("beacons", () -> count(foreign, Counter.BEACONS_FORGED) > 1);
        foreign.identify(new BeaconIdentity(
                "lab", "lb2", List.of(BeaconIdentity.key(new byte[] {9}), BeaconIdentity.key(SECRET))));
        Await.until("beacons", () -> heard("lb1", 7) > 1);
    }

    /// Before, while and after `director keys --renew-ca` and `--forget-old-ca` reach one director and then the other.
    @Test
    void keysAreChangedWithoutAMomentInWhichDirectorsDoNotUnderstandEachOther() throws Exception {
        var old = BeaconIdentity.key(SECRET);
        var fresh = BeaconIdentity.key(new byte[] {9});
        var holder = engine(one, director("lb1"));
        var backup = engine(two, director("lb2"));
        holder.open("web", 1);
        Await.until("beacons", () -> heard("lb1", 1) > 1);
        int epoch = 1;
        for (var step : List.of(List.of(fresh, old), List.of(fresh))) {
            for (var director : List.of(holder, backup)) {
                director.identify(new BeaconIdentity("lab", director == holder ? "lb1" : "lb2", step));
                int now = ++epoch;
                holder.open("web", now);
                Await.until("beacons", () -> heard("lb1", now) > 1);
            }
        }
    }

    @Test
    void whatIsRecordedChangedOrCutIsCountedAndSaysNothing() throws Exception {
        var backup = engine(two, director("lb2"));
        var holder = engine(one, director("lb1"));
        holder.open("web", 7);
        var recorded = new ArrayList<byte[]>();
        try (var port = record(recorded, 5)) {
            holder.close("web");
            assertThat(count(holder, Counter.BEACONS_SENT)).isGreaterThanOrEqualTo(5);
            Await.until("the last", () -> count(backup, Counter.BEACONS_HEARD) == count(holder, Counter.BEACONS_SENT));
            long before = heard("lb1", 7);
            recorded.forEach(frame -> send(port, frame));
            Await.until("replays", () -> count(backup, Counter.BEACONS_REPLAYED) == 5);
            for (int at = EthernetView.LENGTH; at < recorded.getFirst().length; at++) {
                byte[] changed = recorded.getFirst().clone();
                changed[at] ^= 1;
                send(port, changed);
                byte[] cut = java.util.Arrays.copyOf(recorded.getFirst(), at);
                send(port, cut);
            }
            int frames = 2 * (recorded.getFirst().length - EthernetView.LENGTH);
            Await.until("all refused", () -> refused(backup) == frames + 5);
            assertThat(count(backup, Counter.BEACONS_MALFORMED)).isPositive();
            assertThat(count(backup, Counter.BEACONS_FORGED)).isPositive();
            assertThat(heard("lb1", 7)).isEqualTo(before);
            Await.until("the holder's own beacons", () -> count(holder, Counter.BEACONS_REPLAYED) == 5);
        }
        assertThat(events).noneMatch(EngineEvent.Failed.class::isInstance);
    }

    private static long refused(PacketEngine engine) {
        return count(engine, Counter.BEACONS_MALFORMED)
                + count(engine, Counter.BEACONS_FOREIGN)
                + count(engine, Counter.BEACONS_FORGED)
                + count(engine, Counter.BEACONS_REPLAYED);
    }

    /// What the holder says on a second network comes late to the backup, by the thief.
    @Test
    void aLateWordOfAnotherNetworkDoesNotOverruleANewerOne() throws Exception {
        var far = lab.segment("far");
        var near = lab.segment("near");
        one.nic("eth1", far, "198.51.100.1/24");
        thief.nic("eth1", far, "198.51.100.3/24");
        thief.nic("eth2", near, "198.51.100.4/24");
        two.nic("eth1", near, "198.51.100.2/24");
        var vips = List.of(
                new Vip(IpAddress.of("192.0.2.10"), 24, "eth0"), new Vip(IpAddress.of("198.51.100.10"), 24, "eth1"));
        var backup = engine(two, director("lb2"), vips);
        var holder = engine(one, director("lb1"), vips);
        var farewell = new EngineEvent.HolderLeft("web", "lb1", 7);
        var late = new ArrayList<byte[]>();
        try (var hears = Ports.open(thief, "eth1", FastPath.MARK, poller);
                var says = Ports.open(thief, "eth2", FastPath.MARK, poller)) {
            holder.open("web", 7);
            record(hears, late, 2);
            holder.close("web");
            Await.until("the farewell", () -> events.contains(farewell));
            long told = heard("lb1", 7);
            bringLate(says, late.subList(0, 2), backup);
            assertThat(heard("lb1", 7)).as("after the farewell").isEqualTo(told);
            var newest = new ArrayList<byte[]>();
            while (newest.isEmpty() || new BeaconView(MemorySegment.ofArray(newest.getLast()), EthernetView.LENGTH).holds()) {
                record(hears, newest, newest.size() + 1);
            }
            holder.open("web", 8);
            Await.until("beacons", () -> heard("lb1", 8) > 1);
            bringLate(says, newest.subList(newest.size() - 1, newest.size()), backup);
            assertThat(events.stream().filter(farewell::equals)).as("farewells").hasSize(1);
        }
    }

    /// Twice: the second time it is counted as a repetition, so the first was taken.
    private static void bringLate(PacketPort says, List<byte[]> beacons, PacketEngine backup) throws Exception {
        long repeated = count(backup, Counter.BEACONS_REPLAYED);
        beacons.forEach(frame -> send(says, frame));
        beacons.forEach(frame -> send(says, frame));
        Await.until("repetitions", () -> count(backup, Counter.BEACONS_REPLAYED) == repeated + beacons.size());
    }

    @Test
    void aDirectorThatWasStartedAnewIsHeardAtOnce() throws Exception {
        engine(two, director("lb2"));
        var first = engine(one, director("lb1"));
        first.open("web", 7);
        Await.until("beacons", () -> heard("lb1", 7) > 2);
        first.close();
        var second = engine(one, director("lb1"));
        second.open("web", 8);
        Await.until("beacons", () -> heard("lb1", 8) > 2);
    }
}
