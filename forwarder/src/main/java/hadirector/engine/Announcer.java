package hadirector.engine;

import hadirector.forward.ArpAnswers;
import hadirector.forward.NdpAnswers;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Tells the segments where the held addresses are: gratuitous ARP in both forms or an unsolicited neighbour advertisement, by [AnnouncementSchedule]. Owner thread.
final class Announcer {
    private static final class Round {
        final long begun;
        int done;
        long lastAt;
        boolean attacked;

        Round(long begun) {
            this.begun = begun;
        }
    }

    private static final long DEFEND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServiceTable services;
    private final Arms arms;
    private final Counters counters;
    private final Map<GroupState, Round> rounds = new HashMap<>();

    Announcer(ServiceTable services, Arms arms, Counters counters) {
        this.services = services;
        this.arms = arms;
        this.counters = counters;
    }

    /// Begins with the burst, at the next [#run].
    void begin(GroupState group, long now) {
        rounds.put(group, new Round(now));
    }

    void end(GroupState group) {
        rounds.remove(group);
    }

    /// Sends what is due.
    void run(long now) {
        for (Iterator<Map.Entry<GroupState, Round>> all = rounds.entrySet().iterator(); all.hasNext(); ) {
            var entry = all.next();
            var round = entry.getValue();
            if (!entry.getKey().answers()) {
                all.remove();
            } else if (now - round.begun - AnnouncementSchedule.afterNanos(round.done) >= 0) {
                round.done++;
                announce(entry.getKey(), round, now);
            } else if (round.attacked) {
                defend(entry.getKey(), now);
            }
        }
    }

    /// Another station claims an address of the group, and neighbours may believe it: they are told at once, but not more than once a second, as the
    /// other may defend it too (RFC 5227 2.4).
    void defend(GroupState group, long now) {
        var round = rounds.get(group);
        if (round != null) {
            round.attacked = true;
            if (now - round.lastAt >= DEFEND_NANOS) {
                announce(group, round, now);
            }
        }
    }

    private void announce(GroupState group, Round round, long now) {
        round.lastAt = now;
        round.attacked = false;
        announce(group, true);
        announce(group, false);
    }

    /// Gateways first: who has read that sends its answers here, before clients send here what is answered.
    private void announce(GroupState group, boolean gateways) {
        for (var floating : services.addresses().of(group.name)) {
            if (floating.ofGateway() == gateways) {
                announce(floating);
            }
        }
        arms.flush();
    }

    private void announce(FloatingAddresses.Floating floating) {
        var arm = arms.byName(floating.vip().interfaceName());
        if (arm != null && floating.address().isV4()) {
            int address = floating.address().v4();
            send(arm, (to, at) -> ArpAnswers.announcement(address, arm.mac, to, at));
            send(arm, (to, at) -> ArpAnswers.announcementAsReply(address, arm.mac, to, at));
        } else if (arm != null) {
            var address = floating.address();
            boolean router = floating.ofGateway();
            send(arm, (to, at) -> NdpAnswers.announcement(address.high(), address.low(), arm.mac, router, to, at));
        }
    }

    /// Writes an announcement, and says how long it is.
    private interface Writer {
        int write(MemorySegment to, long at);
    }

    private void send(Arm arm, Writer announcement) {
        int made = arm.port.make();
        if (made < 0) {
            arms.flush();
            made = arm.port.make();
        }
        arm.port.length(made, announcement.write(arm.port.memory(), arm.port.frame(made)));
        arm.port.send(arm.port, made);
        counters.add(Counter.ANNOUNCEMENTS_SENT);
    }
}
