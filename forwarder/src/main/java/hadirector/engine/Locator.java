package hadirector.engine;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.FlowRecord;
import hadirector.conn.TcpStates;
import hadirector.engine.Whereabouts.Hook;
import hadirector.forward.FlowRecords;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.netlink.Link;
import hadirector.netlink.NetworkWatch;
import hadirector.sched.SourceHash;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Answers [ForwardingEngine#where] for the packet engine, by the decisions that packets meet, and without their effects.
/// Owner thread.
final class Locator {
    private static final int TO_SERVER = 0;
    private static final int TO_CLIENT = 1;
    private static final HexFormat MAC = HexFormat.ofDelimiter(":");

    private final ServiceTable services;
    private final ConnectionTable table;
    private final NetworkWatch watch;
    private final boolean offload;

    /// @param offload whether the kernel may forward at all
    Locator(ServiceTable services, ConnectionTable table, NetworkWatch watch, boolean offload) {
        this.services = services;
        this.table = table;
        this.watch = watch;
        this.offload = offload;
    }

    Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        var vip = virtual.address();
        var floating = services.addresses().find(vip.high(), vip.low());
        if (floating == null) {
            return nowhere(null, null, vip + " is no VIP: its packets are the host's");
        }
        var group = floating.group();
        var service = services.find(protocol.number(), vip.high(), vip.low(), virtual.port());
        int slot = slot(protocol, client, virtual);
        if (slot != ConnectionTable.NONE) {
            return known(slot, group, service);
        }
        return service == null ? refused(group, protocol, virtual) : chosen(group, service, client);
    }

    private int slot(Protocol protocol, Endpoint client, Endpoint virtual) {
        return table.findForward(
                protocol.number(),
                client.address().high(),
                client.address().low(),
                client.port(),
                virtual.address().high(),
                virtual.address().low(),
                virtual.port());
    }

    private static Whereabouts refused(GroupState group, Protocol protocol, Endpoint virtual) {
        return nowhere(group, null, "no service listens on %s port %d: the answer is %s"
                .formatted(protocol.word(), virtual.port(), refusal(protocol)));
    }

    private static String refusal(Protocol protocol) {
        return protocol == Protocol.TCP ? "a reset" : "ICMP port unreachable";
    }

    private Whereabouts chosen(GroupState group, ServiceState service, Endpoint client) {
        var address = client.address();
        if (!service.config.options().acl().lets(address)) {
            return nowhere(group, service, "the acl of %s does not let %s in: dropped".formatted(service.config.name(), address));
        }
        var server = service.preview(SourceHash.of(address.high(), address.low()));
        if (server == null) {
            return nowhere(group, service, "no realserver is up and has weight: the answer is " + refusal(service.config.protocol()));
        }
        String scheduler = service.config.scheduler().word();
        return new Whereabouts(
                Optional.of(group.name),
                group.isOpen(),
                Optional.of(service.config.name()),
                Optional.empty(),
                Optional.of(server.endpoint),
                Optional.of(server.config.method().word()),
                hop(server.hop),
                Optional.empty(),
                group.isOpen() ? Hook.JAVA : Hook.NONE,
                "no entry: %s would choose this realserver now%s".formatted(scheduler, elsewhere(group)));
    }

    private Whereabouts known(int slot, GroupState group, @Nullable ServiceState service) {
        var entry = table.entry(slot, System.nanoTime());
        var server = services.server(table.server(slot));
        boolean nat = table.method(slot) == ForwardingMethod.NAT.number();
        return new Whereabouts(
                Optional.of(group.name),
                group.isOpen(),
                Optional.ofNullable(service).map(found -> found.config.name()),
                Optional.of(entry),
                Optional.of(entry.real()),
                Optional.of(entry.method().word()),
                recorded(slot, TO_SERVER, server).or(() -> server == null ? Optional.empty() : hop(server.hop)),
                nat ? recorded(slot, TO_CLIENT, null) : Optional.empty(),
                hook(slot, group),
                why(slot, group, server));
    }

    private Hook hook(int slot, GroupState group) {
        if (!group.isOpen()) {
            return Hook.NONE;
        }
        if (!has(slot, FlowRecord.OFFLOAD)) {
            return Hook.JAVA;
        }
        return has(slot, FlowRecord.TC_ONLY) ? Hook.TC : Hook.XDP;
    }

    private String why(int slot, GroupState group, @Nullable ServerState server) {
        if (!group.isOpen()) {
            return "the entry waits for a takeover%s%s".formatted(has(slot, FlowRecord.OFFLOAD) ? ", the kernel then forwards it at once" : "", elsewhere(group));
        }
        String gone = server == null ? "; its realserver is not in the config any more" : "";
        if (has(slot, FlowRecord.OFFLOAD)) {
            return "the kernel forwards; SYN, FIN, RST, fragments and errors come to Java" + gone;
        }
        return java(slot, server) + gone;
    }

    private String java(int slot, @Nullable ServerState server) {
        if (!offload) {
            return "offload = off";
        }
        if (server != null && !server.hop.isResolved()) {
            return "the MAC of %s is not known yet".formatted(server.hop.neighbour);
        }
        int state = table.state(slot);
        if (table.protocol(slot) != Protocol.TCP.number()) {
            return "its first packet has not come here yet: the kernel takes over then";
        }
        String word = ConnectionState.of(state).name();
        return TcpStates.reusable(state)
                ? word + ": it has ended, the entry waits for its timeout"
                : word + ": the kernel takes over with the next packet of an established connection";
    }

    private boolean has(int slot, int flag) {
        return (FlowRecords.flags(table.records(slot), table.recordAt(slot, TO_SERVER)) & flag) != 0;
    }

    private Optional<Whereabouts.NextHop> recorded(int slot, int direction, @Nullable ServerState server) {
        var records = table.records(slot);
        long at = table.recordAt(slot, direction);
        int ifindex = FlowRecords.ifindex(records, at);
        if (ifindex != 0 && (FlowRecords.flags(records, at) & FlowRecord.LOCAL) != 0) {
            return Optional.of(Whereabouts.NextHop.LOCAL);
        }
        return ifindex == 0
                ? Optional.empty()
                : Optional.of(nextHop(
                        ifindex,
                        FlowRecords.destinationMac(records, at),
                        Optional.ofNullable(server).map(known -> known.hop.neighbour)));
    }

    private Optional<Whereabouts.NextHop> hop(Hop hop) {
        if (hop.local) {
            return Optional.of(Whereabouts.NextHop.LOCAL);
        }
        return hop.ifindex == 0
                ? Optional.empty()
                : Optional.of(nextHop(hop.ifindex, hop.destinationMac, Optional.of(hop.neighbour)));
    }

    private Whereabouts.NextHop nextHop(int ifindex, long mac, Optional<IpAddress> neighbour) {
        String name = watch.link(ifindex).map(Link::name).orElse("interface " + ifindex);
        var text = mac == 0 ? Optional.<String>empty() : Optional.of(MAC.formatHex(ByteBuffer.allocate(8).putLong(mac).array(), 2, 8));
        return new Whereabouts.NextHop(name, text, neighbour);
    }

    private static String elsewhere(GroupState group) {
        return group.isOpen() ? "" : "; this director does not hold " + group.name;
    }

    private static Whereabouts nowhere(@Nullable GroupState group, @Nullable ServiceState service, String why) {
        return Whereabouts.nowhere(
                Optional.ofNullable(group).map(known -> known.name),
                group != null && group.isOpen(),
                Optional.ofNullable(service).map(known -> known.config.name()),
                group == null ? why : why + elsewhere(group));
    }
}
