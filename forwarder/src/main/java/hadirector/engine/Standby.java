package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.conn.Groups;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Readies the connections that another director holds for the kernel: after a takeover it forwards them from their first packet on, also while Java is
/// busy with what comes first. A part of the table at a time, again and again, as routes and connections change.
///
/// The way back to a client is the way its frames come, but none has come here: it is that of the kernel's routes instead, if that is by the interface of the
/// connection's VIP. Some time after a takeover such connections are taken from the kernel for a packet, by which Java learns the way ([Records#confirm]). All others
/// are learned from their first packet. Owner thread.
final class Standby {
    private static final int NAT = ForwardingMethod.NAT.number();

    /// Connections in a turn: less than a millisecond.
    private static final int SLICE = 4_096;

    /// Clients whose ways are looked up in a turn, some 10 microseconds each; and of these, such that the kernel has to ask for by ARP.
    private static final int LOOK_UPS_MAX = 256;

    private static final int ASKED_MAX = 16;
    private static final int WAYS_MAX = 32_768;
    private static final long FORGET_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// After a takeover Java has other things to do first.
    private static final long CONFIRM_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final ConnectionTable table;
    private final Groups groups;
    private final ServiceTable services;
    private final Routes routes;
    private final Arms arms;
    private final Records records;
    private final Map<IpAddress, Hop> ways = new HashMap<>();
    private long forgetAt;
    private long confirmAt;
    private int at;
    private int lookUps;
    private int asked;

    Standby(ConnectionTable table, Groups groups, ServiceTable services, Routes routes, Arms arms, Records records, long now) {
        this.table = table;
        this.groups = groups;
        this.services = services;
        this.routes = routes;
        this.arms = arms;
        this.records = records;
        forgetAt = now;
        confirmAt = now;
    }

    /// A group has been opened: what is ready is used as it is for a while.
    void opened(long now) {
        records.confirm(false);
        confirmAt = now + CONFIRM_NANOS;
    }

    /// The next part of the table.
    void run(long now) {
        records.confirm(now - confirmAt >= 0);
        if (now - forgetAt >= 0 || ways.size() > WAYS_MAX) {
            ways.clear();
            forgetAt = now + FORGET_NANOS;
        }
        lookUps = 0;
        asked = 0;
        if (services.groups().stream().allMatch(GroupState::isOpen)) {
            return;
        }
        int used = table.slotsUsed();
        int from = at < used ? at : 0;
        at = Math.min(used, from + SLICE);
        for (int slot = from; slot < at; slot++) {
            if (table.live(slot) && !groups.served(table.group(slot))) {
                ready(slot);
            }
        }
    }

    /// A realserver on this host, or one that the config does not name, leaves the connection to its first packet.
    private void ready(int slot) {
        var server = services.server(table.server(slot));
        if (server == null || server.hop.local || !server.hop.isResolved()) {
            return;
        }
        if (table.method(slot) == NAT && !records.hasLearnedClient(slot)) {
            var back = wayBack(slot);
            if (back != null) {
                records.expectClient(slot, back);
            }
        }
        records.ready(slot, server.hop);
    }

    private @Nullable Hop wayBack(int slot) {
        var client = Routes.address(table, slot, EntryLayout.CLIENT);
        var way = ways.get(client);
        if (way == null && lookUps < LOOK_UPS_MAX && asked < ASKED_MAX) {
            lookUps++;
            way = routes.wayTo(client);
            asked += way.isResolved() ? 0 : 1;
            ways.put(client, way);
        }
        if (way == null || way.local || !isOfVip(slot, way.ifindex)) {
            return null;
        }
        routes.look(way);
        return way.isResolved() ? way : null;
    }

    private boolean isOfVip(int slot, int ifindex) {
        var arm = arms.byIndex(ifindex);
        var service = services.service(table.service(slot));
        return arm != null
                && service != null
                && service.group.config.vips().stream()
                        .anyMatch(vip -> vip.interfaceName().equals(arm.name()) && vip.address().equals(service.config.vip().address()));
    }
}
