package hadirector.engine;

import hadirector.forward.ArpAnswers;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// Tells the segments where the held addresses are: gratuitous ARP in both forms, by [AnnouncementSchedule]. Owner thread.
final class Announcer {
    private static final class Round {
        final long begun;
        int done;

        Round(long begun) {
            this.begun = begun;
        }
    }

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
            if (!entry.getKey().open) {
                all.remove();
            } else if (now - round.begun - AnnouncementSchedule.afterNanos(round.done) >= 0) {
                round.done++;
                announce(entry.getKey());
            }
        }
    }

    private void announce(GroupState group) {
        for (var floating : services.addresses().of(group.name)) {
            var arm = arms.byName(floating.vip().interfaceName());
            if (arm != null && floating.address().isV4()) {
                send(arm, floating.address().v4(), true);
                send(arm, floating.address().v4(), false);
            }
        }
        arms.flush();
    }

    private void send(Arm arm, int address, boolean asRequest) {
        int made = arm.port.make();
        if (made < 0) {
            arms.flush();
            made = arm.port.make();
        }
        var memory = arm.port.memory();
        long at = arm.port.frame(made);
        int length =
                asRequest
                        ? ArpAnswers.announcement(address, arm.mac, memory, at)
                        : ArpAnswers.announcementAsReply(address, arm.mac, memory, at);
        arm.port.length(made, length);
        arm.port.send(arm.port, made);
        counters.add(Counter.ANNOUNCEMENTS_SENT);
    }
}
