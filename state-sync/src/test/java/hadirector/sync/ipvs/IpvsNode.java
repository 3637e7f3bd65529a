package hadirector.sync.ipvs;

import hadirector.conn.Change;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.model.IpAddress;
import hadirector.model.IpvsSync;
import hadirector.sync.ipvs.IpvsServices.Inherited;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/// A process that is only an IPVS master, or only a backup: Java knows the interfaces of a network namespace if its whole process is in it.
final class IpvsNode {
    private static final int LENGTH_MAX = 1400;
    private static final IpvsCounts COUNTS = new IpvsCounts();
    private static final InheritedTable TABLE = new InheritedTable();

    private IpvsNode() {}

    /// @param args `send` or `receive`, and the multicast group
    public static void main(String[] args) throws Exception {
        var settings = new IpvsSync(
                "eth0", true, true, false, 7, IpAddress.of(args[1]), IpvsSync.PORT, Duration.ofMinutes(1), LENGTH_MAX);
        if (args[0].equals("send")) {
            send(settings);
        } else {
            receive(settings);
        }
    }

    /// Tells of one connection again and again.
    private static void send(IpvsSync settings) throws InterruptedException {
        var outlet = new IpvsOutlet(settings.syncId(), LENGTH_MAX, () -> IpvsServicesTest.SERVICES, COUNTS);
        var sender = new IpvsSender(settings, outlet, TABLE, () -> List.of("web"), COUNTS);
        Thread.ofPlatform().daemon().start(sender);
        var said = IpvsServicesTest.said(6, "192.0.2.10:80", "10.1.0.11:8080", 0, 1);
        var bytes = MemorySegment.ofArray(new byte[EntryLayout.LENGTH]);
        if (IpvsServicesTest.SERVICES.inherit(said) instanceof Inherited.Taken(var _, var entry)) {
            EntryCodec.encode(entry, bytes, 0);
        }
        while (true) {
            outlet.change(Change.UPSERT, GroupId.of("web"), ReplicatedTable.EVERY_PEER, 1, bytes, 0);
            Thread.sleep(20);
            if (TABLE.snapshots.equals(List.of(ReplicatedTable.OUTSIDE))) {
                TABLE.snapshots.clear();
                System.out.println("refreshed");
            }
        }
    }

    /// Says what it hears and what troubles it, when that changes.
    private static void receive(IpvsSync settings) throws InterruptedException {
        var intake = new IpvsIntake(settings.syncId(), TABLE, () -> IpvsServicesTest.SERVICES, _ -> true, COUNTS);
        Thread.ofPlatform().daemon().start(new IpvsReceiver(settings, intake, COUNTS));
        String before = "";
        for (int hearings = 0; true; ) {
            var troubles = COUNTS.stats().troubles();
            boolean hears = troubles.isEmpty() && !TABLE.taken.isEmpty();
            String now = hears ? "hears " + TABLE.taken.getFirst().client() : troubles.toString();
            if (!now.equals(before)) {
                hearings += hears ? 1 : 0;
                System.out.println(hearings + " " + now);
                TABLE.taken.clear();
            }
            before = now.startsWith("[]") ? before : now;
            Thread.sleep(20);
        }
    }
}
