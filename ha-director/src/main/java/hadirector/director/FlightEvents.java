package hadirector.director;

import hadirector.sync.SyncStats;
import java.util.Set;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/// What a flight recording shows of a director (`jcmd PID JFR.start`): roles, leases that ran out, how far the peers are behind. Costs
/// nothing while nobody records. Any thread.
final class FlightEvents implements AutoCloseable {
    private static final Set<String> ROLES = Set.of("claiming", "active", "handing-over", "backup");
    private static final String CATEGORY = "HA Director";

    @Name("hadirector.RoleChange")
    @Label("Role Change")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class RoleChange extends Event {
        @Label("VIP Group")
        String group = "";

        @Label("Role")
        String role = "";

        @Label("Epoch")
        String epoch = "";
    }

    @Name("hadirector.Fenced")
    @Label("Lease Ran Out")
    @Description("This process stood still for longer than the lease of the groups that it held; it has closed them")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class Fenced extends Event {
        @Label("VIP Groups")
        String groups = "";

        @Label("Pause in Milliseconds")
        String pauseMillis = "";
    }

    @Name("hadirector.SyncGap")
    @Label("Replication Gap")
    @Category(CATEGORY)
    @Period("1 s")
    @StackTrace(false)
    static final class SyncGap extends Event {
        @Label("Peer")
        String peer = "";

        @Label("Changed Connections that the Peer Lacks")
        long connections;

        @Label("Age of the Oldest Change in Seconds")
        double lagSeconds;
    }

    private final Runnable gaps;

    /// @param sync how replication is, asked once a second while somebody records
    FlightEvents(Supplier<SyncStats> sync) {
        gaps = () -> sync.get().peers().forEach(FlightEvents::gap);
        FlightRecorder.addPeriodicEvent(SyncGap.class, gaps);
    }

    private static void gap(SyncStats.Peer peer) {
        var event = new SyncGap();
        event.peer = peer.name();
        event.connections = peer.gapEntries();
        event.lagSeconds = peer.lagNanos() / 1e9;
        event.commit();
    }

    static void happened(EventLog.Entry entry) {
        if (ROLES.contains(entry.name())) {
            var event = new RoleChange();
            event.role = entry.name();
            event.group = entry.pairs().getOrDefault("group", "");
            event.epoch = entry.pairs().getOrDefault("epoch", "");
            event.commit();
        } else if (entry.name().equals("fenced")) {
            var event = new Fenced();
            event.groups = entry.pairs().getOrDefault("groups", "");
            event.pauseMillis = entry.pairs().getOrDefault("pause-ms", "");
            event.commit();
        }
    }

    @Override
    public void close() {
        FlightRecorder.removePeriodicEvent(gaps);
    }
}
