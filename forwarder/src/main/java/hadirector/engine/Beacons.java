package hadirector.engine;

import hadirector.packet.BeaconView;
import hadirector.packet.EthernetView;
import hadirector.packet.NetworkOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The holder's beacon: as long as a group is open, each LAN with an address of its hears by whom, twenty times a second; a director that has lost
/// the cluster link knows by it that the holder lives, and two holders that there is one too many. Who lets go says so too: nobody has to wait for
/// the end of a lease that was given back. Owner thread.
final class Beacons {
    static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /// A holder is told of again after this: less than the time between two, as they do not come evenly.
    private static final long TELL_NANOS = EVERY_NANOS * 4 / 5;

    private static final int FAREWELLS = 3;

    /// A director that was silent for so long may come back with an earlier incarnation: its clock was set back.
    private static final long FORGET_NANOS = TimeUnit.SECONDS.toNanos(5);

    /// Whose last beacon is older does not hold the group any more.
    private static final long HOLDS_NANOS = EVERY_NANOS * 10;

    /// Whom to remember: more than there can be unless somebody invents them, which takes the key.
    private static final int HEARD_MAX = 4_096;

    /// Who speaks, and whose beacons we believe.
    private record Voice(String director, long cluster, List<BeaconSignature> signatures) {
        boolean isRight(BeaconView beacon) {
            return signatures.stream().anyMatch(each -> each.isRight(beacon));
        }
    }

    private record Speaker(String director, String group, int ifindex) {}

    private static final class Heard {
        long incarnation;
        long sequence;
        long at;
        long mac;
        boolean holds;
    }

    private record Holder(String director, String group) {}

    private final ServiceTable services;
    private final Arms arms;
    private final Counters counters;
    private final Consumer<EngineEvent> events;
    private final long incarnation = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    private final Map<Speaker, Heard> heard = new HashMap<>();

    /// On whatever network; `at` is when it was told.
    private final Map<Holder, Heard> told = new HashMap<>();
    private @Nullable Voice voice;
    private long sequence;
    private long dueAt;

    Beacons(ServiceTable services, Arms arms, Counters counters, Consumer<EngineEvent> events, long now) {
        this.services = services;
        this.arms = arms;
        this.counters = counters;
        this.events = events;
        dueAt = now;
    }

    void identify(BeaconIdentity identity) {
        var signatures = identity.keys().stream().map(BeaconSignature::new).toList();
        voice = new Voice(identity.director(), BeaconView.id(identity.cluster()), signatures);
    }

    /// Sends what is due.
    void run(long now) {
        var as = voice;
        if (as != null && now - dueAt >= 0) {
            dueAt = now + EVERY_NANOS;
            for (var group : services.groups()) {
                if (group.speaks() || group.farewells > 0) {
                    send(as, group);
                }
            }
        }
    }

    /// The group has just been closed.
    void farewell(GroupState group, long now) {
        group.farewells = FAREWELLS;
        hurry(now);
    }

    /// Another director waits to hear of us.
    void hurry(long now) {
        dueAt = now;
    }

    /// The MAC of the other director that was heard last as holder of the group, on that interface; 0 if none was lately.
    long holder(GroupState group, int ifindex, long now) {
        @Nullable Heard last = null;
        for (var each : heard.entrySet()) {
            boolean concerned = each.getKey().ifindex == ifindex && each.getKey().group.equals(group.name);
            if (concerned && each.getValue().holds && (last == null || each.getValue().at - last.at > 0)) {
                last = each.getValue();
            }
        }
        return last == null || now - last.at >= HOLDS_NANOS ? 0 : last.mac;
    }

    /// Whether a director that held a group until just now has that MAC: what comes from there was passed on.
    boolean isDirector(long mac, int ifindex, long now) {
        for (var each : heard.entrySet()) {
            boolean same = each.getKey().ifindex == ifindex && each.getValue().mac == mac;
            if (same && now - each.getValue().at < FORGET_NANOS) {
                return true;
            }
        }
        return false;
    }

    /// When the next are due.
    long dueAt() {
        return dueAt;
    }

    private void send(Voice as, GroupState group) {
        group.farewells = group.speaks() ? 0 : group.farewells - 1;
        for (int i = 0; i < arms.size(); i++) {
            var arm = arms.get(i);
            if (group.config.addresses().stream().anyMatch(vip -> vip.interfaceName().equals(arm.name()))) {
                as.signatures.forEach(signature -> send(as, signature, group, arm));
            }
        }
    }

    private void send(Voice as, BeaconSignature signature, GroupState group, Arm arm) {
        int slot = arms.make(arm.port);
        var beacon = BeaconView.write(
                arm.port.memory(),
                arm.port.frame(slot),
                arm.mac,
                as.cluster,
                group.beaconId,
                group.epoch,
                incarnation,
                ++sequence,
                group.speaks(),
                as.director);
        signature.sign(beacon);
        arm.port.length(slot, beacon.frameLength());
        arm.port.send(arm.port, slot);
        arm.port.flush();
        counters.add(Counter.BEACONS_SENT);
    }

    /// A frame of the beacons' type.
    void heard(Inbound in) {
        long at = in.port.frame(in.index) + EthernetView.LENGTH;
        long end = in.port.frame(in.index) + in.port.length(in.index);
        var as = voice;
        if (!BeaconView.isAt(in.frame, at, end)) {
            counters.add(Counter.BEACONS_MALFORMED);
            return;
        }
        var beacon = new BeaconView(in.frame, at);
        var group = as == null || beacon.cluster() != as.cluster ? null : group(beacon.group());
        if (as == null || group == null) {
            counters.add(Counter.BEACONS_FOREIGN);
        } else if (!as.isRight(beacon)) {
            counters.add(Counter.BEACONS_FORGED);
        } else if (beacon.name().equals(as.director) || !isNew(beacon, group, in)) {
            counters.add(Counter.BEACONS_REPLAYED);
        } else {
            counters.add(Counter.BEACONS_HEARD);
            tell(new Holder(beacon.name(), group.name), beacon, in.now);
        }
    }

    private @Nullable GroupState group(long beaconId) {
        for (var group : services.groups()) {
            if (group.beaconId == beaconId) {
                return group;
            }
        }
        return null;
    }

    private boolean isNew(BeaconView beacon, GroupState group, Inbound in) {
        var speaker = new Speaker(beacon.name(), group.name, in.arm.ifindex());
        var last = heard.get(speaker);
        if (last == null) {
            forget(in.now);
            last = new Heard();
            heard.put(speaker, last);
        } else if (!isLater(beacon, last, in.now)) {
            return false;
        }
        note(beacon, last, in.now);
        last.mac = NetworkOrder.u48(in.frame, in.port.frame(in.index) + EthernetView.SOURCE);
        return true;
    }

    private static void note(BeaconView beacon, Heard last, long now) {
        last.incarnation = beacon.incarnation();
        last.sequence = beacon.sequence();
        last.holds = beacon.holds();
        last.at = now;
    }

    private static boolean isLater(BeaconView beacon, Heard last, long now) {
        return beacon.incarnation() == last.incarnation
                ? beacon.sequence() > last.sequence
                : beacon.incarnation() > last.incarnation || now - last.at >= FORGET_NANOS;
    }

    private void forget(long now) {
        if (heard.size() >= HEARD_MAX) {
            heard.values().removeIf(each -> now - each.at >= FORGET_NANOS);
        }
        if (heard.size() >= HEARD_MAX) {
            heard.clear();
            told.clear();
        }
    }

    /// What came before a farewell by another network says nothing any more, and the other way round.
    private void tell(Holder holder, BeaconView beacon, long now) {
        var last = told.get(holder);
        if (last != null && (!isLater(beacon, last, now) || isTold(beacon, last, now))) {
            return;
        }
        note(beacon, told.computeIfAbsent(holder, _ -> new Heard()), now);
        events.accept(beacon.holds()
                ? new EngineEvent.HolderHeard(holder.group, holder.director, beacon.epoch())
                : new EngineEvent.HolderLeft(holder.group, holder.director, beacon.epoch()));
    }

    private static boolean isTold(BeaconView beacon, Heard last, long now) {
        return beacon.holds() == last.holds && (!beacon.holds() || now - last.at < TELL_NANOS);
    }
}
