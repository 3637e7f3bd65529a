package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.EntryLayout;
import hadirector.conn.FlowRecord;
import hadirector.conn.Groups;
import hadirector.forward.FlowRecords;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.packet.EthernetView;
import hadirector.packet.NetworkOrder;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// Keeps the flow records of the connections in step with what they follow from: next hops, interfaces, states, realservers. A
/// connection's own packets bring its records up to date; after a change of anything else a walk over the table does, in
/// slices, so that packets never wait for a table of a million. Owner thread.
final class Records {
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int TUNNEL = ForwardingMethod.TUNNEL.number();
    private static final int TO_SERVER = 0;
    private static final int TO_CLIENT = 1;

    /// Connections in a slice of a walk: less than a millisecond.
    private static final int SLICE = 4_096;

    private static final int NOT_WALKING = -1;

    private final boolean offload;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final Routes routes;
    private final ClientRouters clientRouters;
    private final Arms arms;
    private final TunnelTable tunnels;
    private final Beacons beacons;
    private int walkAt = NOT_WALKING;
    private boolean walkAgain;
    private boolean confirming;

    /// @param offload `engine.offload`
    Records(
            boolean offload,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Routes routes,
            ClientRouters clientRouters,
            Arms arms,
            TunnelTable tunnels,
            Beacons beacons) {
        this.offload = offload;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.routes = routes;
        this.clientRouters = clientRouters;
        this.arms = arms;
        this.tunnels = tunnels;
        this.beacons = beacons;
    }

    /// The way out for a packet of the connection that came by `from`; its record is then complete. The way to this host itself is in again
    /// where the client's frames come by.
    ///
    /// @return null if there is none yet
    @Nullable Arm way(int slot, int direction, Arm from) {
        boolean resolved = isKnown(slot, direction) || resolve(slot, direction, from);
        return resolved ? arms.byIndex(FlowRecords.ifindex(table.records(slot), table.recordAt(slot, direction))) : null;
    }

    /// The way back to a client is the way its frames came, whatever the routing table says; but for those that another director passed on.
    void learnClient(int slot, Inbound in) {
        if (table.method(slot) == NAT) {
            long mac = NetworkOrder.u48(in.frame, in.parsed.start() + EthernetView.SOURCE);
            if (isWayBack(slot, mac, in.arm) || !beacons.isDirector(mac, in.arm.ifindex(), in.now)) {
                learnClient(slot, mac, in.arm);
            } else {
                var _ = way(slot, TO_CLIENT, in.arm);
            }
        }
        if (isLocal(slot) && isKnown(slot, TO_SERVER)) {
            toHost(slot, in.arm);
        }
    }

    private boolean isLocal(int slot) {
        return (FlowRecords.flags(table.records(slot), table.recordAt(slot, TO_SERVER)) & FlowRecord.LOCAL) != 0;
    }

    private void toHost(int slot, Arm arm) {
        nextHop(slot, TO_SERVER, arm.mac, arm.mac, arm.ifindex(), 0);
    }

    private void learnClient(int slot, long mac, Arm arm) {
        if (!isWayBack(slot, mac, arm)) {
            if (!isKnown(slot, TO_CLIENT)) {
                fill(slot, TO_CLIENT, false);
            }
            nextHop(slot, TO_CLIENT, mac, arm.mac, arm.ifindex(), arm.mtu);
            seen(slot, mac, arm.ifindex());
        }
        expected(slot, false);
    }

    private boolean isWayBack(int slot, long mac, Arm arm) {
        var records = table.records(slot);
        long record = table.recordAt(slot, TO_CLIENT);
        return FlowRecords.ifindex(records, record) == arm.ifindex() && FlowRecords.destinationMac(records, record) == mac;
    }

    private long routerNow(int slot, long mac, int ifindex) {
        return clientRouters.now(mac, ifindex, table.addressHigh(slot, EntryLayout.CLIENT), table.addressLow(slot, EntryLayout.CLIENT));
    }

    private void seen(int slot, long mac, int ifindex) {
        clientRouters.seen(mac, ifindex, table.addressHigh(slot, EntryLayout.CLIENT), table.addressLow(slot, EntryLayout.CLIENT));
    }

    private boolean isKnown(int slot, int direction) {
        return FlowRecords.ifindex(table.records(slot), table.recordAt(slot, direction)) != 0;
    }

    /// Whether a packet of the client has shown the way back to it.
    boolean hasLearnedClient(int slot) {
        return isKnown(slot, TO_CLIENT) && !isExpected(slot);
    }

    /// The way back to a client that has sent nothing here is this, until its packets show another.
    void expectClient(int slot, Hop back) {
        if (!isKnown(slot, TO_CLIENT)) {
            fill(slot, TO_CLIENT, false);
        }
        nextHop(slot, TO_CLIENT, back.destinationMac, back.sourceMac, back.ifindex, back.mtu());
        expected(slot, true);
        if (back.isRouted()) {
            seen(slot, back.destinationMac, back.ifindex);
        }
    }

    private boolean isExpected(int slot) {
        return (FlowRecords.flags(table.records(slot), table.recordAt(slot, TO_CLIENT)) & FlowRecord.EXPECTED) != 0;
    }

    private void expected(int slot, boolean now) {
        if (isExpected(slot) != now) {
            var records = table.records(slot);
            long record = table.recordAt(slot, TO_CLIENT);
            FlowRecords.flags(records, record, FlowRecords.flags(records, record) ^ FlowRecord.EXPECTED);
        }
    }

    /// Whether the kernel leaves connections whose way back is only expected to Java, which learns it from the client's next packet.
    void confirm(boolean now) {
        walkAgain |= now && !confirming;
        confirming = now;
    }

    /// For a connection that has no packets here yet, of a realserver elsewhere: lets the kernel forward them if its ways are known.
    void ready(int slot, Hop there) {
        if (isKnown(slot, TO_SERVER) || resolveServer(slot, there)) {
            offload(slot, table.state(slot));
        }
    }

    /// For a connection that did not begin with a packet here.
    ///
    /// @param mac from which the client's frames come, by `arm`
    void begin(int slot, long mac, Arm arm) {
        if (table.method(slot) == NAT) {
            learnClient(slot, mac, arm);
        }
        var _ = way(slot, TO_SERVER, arm);
        offload(slot, table.state(slot));
    }

    /// To be called after a packet: lets the kernel forward the connection, or takes it back.
    void offload(int slot, int state) {
        var server = services.server(table.server(slot));
        boolean serverUp = server == null || server.up;
        boolean may = Offload.may(offload, state, isResolved(slot), serverUp) && !isToBeConfirmed(slot)
                && !groups.isHearsay(table.group(slot), slot);
        offload(slot, TO_SERVER, may);
        if (table.method(slot) == NAT) {
            offload(slot, TO_CLIENT, may);
        }
    }

    private boolean isToBeConfirmed(int slot) {
        return confirming && isExpected(slot) && groups.served(table.group(slot));
    }

    private void offload(int slot, int direction, boolean may) {
        var records = table.records(slot);
        long record = table.recordAt(slot, direction);
        int flags = FlowRecords.flags(records, record);
        int kernel = may ? FlowRecord.OFFLOAD | tcOnly(slot, flags, FlowRecords.ifindex(records, record)) : 0;
        int wanted = (flags & ~(FlowRecord.OFFLOAD | FlowRecord.TC_ONLY)) | kernel;
        if (wanted != flags) {
            FlowRecords.flags(records, record, wanted);
        }
    }

    /// TCP gains more by being merged into super-frames before tc than by XDP; not every interface can send what XDP took; and what the host
    /// gets may have a partial checksum.
    private int tcOnly(int slot, int flags, int ifindex) {
        boolean gains = table.protocol(slot) == Protocol.UDP.number() && (flags & FlowRecord.LOCAL) == 0;
        var arm = gains ? arms.byIndex(ifindex) : null;
        return arm != null && arm.accelerated ? 0 : FlowRecord.TC_ONLY;
    }

    /// All directions that pass here; those of NAT both, or the kernel would keep a client from being learned.
    private boolean isResolved(int slot) {
        return isKnown(slot, TO_SERVER) && (table.method(slot) != NAT || isKnown(slot, TO_CLIENT));
    }

    /// Something that records follow from has changed.
    void changed() {
        walkAgain = true;
    }

    /// Goes on with the walk that is due.
    ///
    /// @return whether there is more to do
    boolean walk() {
        if (walkAt == NOT_WALKING) {
            if (!walkAgain) {
                return false;
            }
            walkAgain = false;
            walkAt = 0;
        }
        int end = Math.min(table.slotsUsed(), walkAt + SLICE);
        for (int slot = walkAt; slot < end; slot++) {
            if (table.live(slot)) {
                follow(slot);
            }
        }
        walkAt = end == table.slotsUsed() ? NOT_WALKING : end;
        return walkAt != NOT_WALKING || walkAgain;
    }

    /// Those that were never resolved are when their next packet comes.
    private void follow(int slot) {
        var server = services.server(table.server(slot));
        if (server != null && isKnown(slot, TO_SERVER)) {
            followServer(slot, server);
        }
        var records = table.records(slot);
        long back = table.recordAt(slot, TO_CLIENT);
        int ifindex = FlowRecords.ifindex(records, back);
        if (ifindex != 0) {
            var arm = arms.byIndex(ifindex);
            if (arm == null) {
                nextHop(slot, TO_CLIENT, 0, 0, 0, 0); // Its interface is gone: looked up again with the next packet.
            } else {
                long mac = routerNow(slot, FlowRecords.destinationMac(records, back), ifindex);
                nextHop(slot, TO_CLIENT, mac, arm.mac, ifindex, arm.mtu);
            }
        }
        offload(slot, table.state(slot));
    }

    /// A realserver that has become this host, or is it no more, is resolved again with the next packet.
    private void followServer(int slot, ServerState server) {
        var hop = server.hop;
        if (isLocal(slot) != hop.local) {
            if (hop.isResolved() || !hop.local) {
                nextHop(slot, TO_SERVER, 0, 0, 0, 0);
            }
        } else if (hop.local) {
            var arm = arms.byIndex(FlowRecords.ifindex(table.records(slot), table.recordAt(slot, TO_SERVER)));
            if (arm == null) {
                nextHop(slot, TO_SERVER, 0, 0, 0, 0);
            } else {
                toHost(slot, arm);
            }
        } else if (hop.isResolved()) {
            nextHop(slot, TO_SERVER, hop.destinationMac, hop.sourceMac, hop.ifindex, mtu(slot, server));
        }
    }

    private boolean resolve(int slot, int direction, Arm from) {
        if (direction == TO_CLIENT) {
            return resolveClient(slot);
        }
        var hop = routes.toServer(table, slot, services.server(table.server(slot)));
        if (hop.local) {
            fill(slot, TO_SERVER, true);
            toHost(slot, from);
            return true;
        }
        return resolveServer(slot, hop);
    }

    private boolean resolveClient(int slot) {
        var hop = routes.toClient(table, slot);
        if (hop.isResolved()) {
            expectClient(slot, hop);
        }
        return hop.isResolved();
    }

    private boolean resolveServer(int slot, Hop hop) {
        fill(slot, TO_SERVER, false);
        if (isTunnel(slot)) {
            var server = services.server(table.server(slot));
            return server != null && resolveTunnel(slot, server);
        }
        if (hop.isResolved()) {
            nextHop(slot, TO_SERVER, hop.destinationMac, hop.sourceMac, hop.ifindex, hop.mtu());
        }
        return hop.isResolved();
    }

    private boolean isTunnel(int slot) {
        return table.method(slot) == TUNNEL;
    }

    /// The outer header needs the director's own address towards the realserver, which comes with the route.
    private boolean resolveTunnel(int slot, ServerState server) {
        tunnels.follow(server);
        var hop = server.hop;
        boolean resolved = hop.isResolved() && tunnels.headerLength(server) != 0;
        if (resolved) {
            nextHop(slot, TO_SERVER, hop.destinationMac, hop.sourceMac, hop.ifindex, mtu(slot, server));
        }
        return resolved;
    }

    /// For packets as the client sends them.
    private int mtu(int slot, ServerState server) {
        int mtu = server.hop.mtu();
        return mtu != 0 && isTunnel(slot) ? mtu - tunnels.headerLength(server) : mtu;
    }

    /// A record that the kernel uses is taken back first, so that no packet goes by half of each; whoever changes it offloads it again.
    private void nextHop(int slot, int direction, long destinationMac, long sourceMac, int ifindex, int mtu) {
        var records = table.records(slot);
        long record = table.recordAt(slot, direction);
        boolean same = FlowRecords.ifindex(records, record) == ifindex
                && FlowRecords.destinationMac(records, record) == destinationMac
                && FlowRecords.sourceMac(records, record) == sourceMac
                && FlowRecords.mtu(records, record) == FlowRecords.mtuField(mtu);
        if (!same) {
            offload(slot, direction, false);
            VarHandle.storeStoreFence();
            FlowRecords.nextHop(records, record, destinationMac, sourceMac, ifindex);
            FlowRecords.mtu(records, record, mtu);
        }
    }

    private void fill(int slot, int direction, boolean toHost) {
        var records = table.records(slot);
        long record = table.recordAt(slot, direction);
        long vipHigh = table.addressHigh(slot, EntryLayout.VIRTUAL);
        long vip = table.addressLow(slot, EntryLayout.VIRTUAL);
        int vipPort = table.port(slot, EntryLayout.VIRTUAL_PORT);
        long ripHigh = table.addressHigh(slot, EntryLayout.REAL);
        long rip = table.addressLow(slot, EntryLayout.REAL);
        int ripPort = table.port(slot, EntryLayout.REAL_PORT);
        if (isTunnel(slot) && !toHost) {
            FlowRecords.tunnelled(records, record, table.server(slot));
        } else if (table.method(slot) != NAT) {
            FlowRecords.direct(records, record);
        } else if (direction == TO_SERVER) {
            FlowRecords.toRealServer(records, record, vipHigh, vip, vipPort, ripHigh, rip, ripPort);
        } else {
            FlowRecords.toClient(records, record, ripHigh, rip, ripPort, vipHigh, vip, vipPort);
        }
        if (toHost) {
            FlowRecords.flags(records, record, FlowRecords.flags(records, record) | FlowRecord.LOCAL);
        }
    }
}
