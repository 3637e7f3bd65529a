package hadirector.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.fastpath.MadeFlow;
import hadirector.fastpath.ScheduleMaps;
import hadirector.fastpath.ServiceEntry;
import hadirector.fastpath.SharedMaps;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.packet.IcmpQuote;
import hadirector.packet.NetworkOrder;
import hadirector.sched.Scheduler;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Services whose new connections the kernel schedules by itself: keeps its tables and templates in step, and takes over the
/// connections that it tells of; then they are replicated and expire as any other. Owner thread.
///
/// ```
///   hd_told --> table.insert --> next hops, offload --> [MadeFlows]: 100 ms later what the kernel saw end ends here too, made flow forgotten
/// ```
///
/// A realserver that another service uses with the same port (NAT) is left to Java, as their connections could have the same replies.
final class KernelScheduling {
    private static final int TOLD_BATCH = 512;

    private final boolean offload;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Records records;
    private final Arms arms;
    private final Counters counters;
    private final SharedMaps maps;
    private final ScheduleMaps schedule;
    private final Templates templates;
    private final MadeFlows made;
    private final Map<Integer, Integer> mtus = new HashMap<>();

    /// What is in `hd_vips`. Stays while there is such a realserver: flows were made to it.
    private final Map<Reply, Endpoint> vips = new HashMap<>();

    private boolean changed;

    /// Once true it stays so: the kernel keeps the flows that it made when a service is no longer its to schedule.
    private boolean used;

    private long now;

    private record Reply(Protocol protocol, Endpoint realServer) {}

    /// @param offload `engine.offload`
    KernelScheduling(
            boolean offload,
            ServiceTable services,
            ConnectionTable table,
            Records records,
            Progress progress,
            Arms arms,
            Counters counters,
            SharedMaps maps) {
        this.offload = offload;
        this.services = services;
        this.table = table;
        this.records = records;
        this.arms = arms;
        this.counters = counters;
        this.maps = maps;
        schedule = maps.schedule();
        templates = new Templates(schedule);
        made = new MadeFlows(schedule, table, progress);
    }

    /// Something has changed that choices or templates follow from.
    void changed() {
        changed = true;
    }

    /// @return whether there is more to do
    boolean run(long nowNanos) {
        now = nowNanos;
        if (changed) {
            changed = false;
            follow();
        }
        boolean more = schedule.read(this::told, TOLD_BATCH) == TOLD_BATCH;
        made.forgetOld(now);
        return more;
    }

    private void follow() {
        var users = new HashMap<Reply, Integer>();
        services.servers().forEach(server -> users.merge(reply(server), 1, Integer::sum));
        forgetRemoved(users.keySet());
        for (var service : services.all()) {
            var cells = cells(service);
            service.scheduledByKernel = cells.length > 0;
            if (service.scheduledByKernel) {
                used = true;
                service.servers.values().forEach(server -> follow(server, users));
                schedule.choices(service.id, cells);
                maps.services().cells(service.id, cells.length);
            }
            maps.services().flag(service.id, ServiceEntry.SCHEDULE, service.scheduledByKernel);
        }
        followArms();
    }

    private void follow(ServerState server, Map<Reply, Integer> users) {
        boolean nat = server.config.method() == ForwardingMethod.NAT;
        boolean found = !nat || (users.getOrDefault(reply(server), 0) == 1 && answersAreFound(server));
        boolean local = server.hop.local; // Its answers would have to be known at the egress as well.
        templates.follow(server, found && !local);
    }

    private boolean answersAreFound(ServerState server) {
        var reply = reply(server);
        var vip = server.service.config.vip();
        if (vip.equals(vips.get(reply))) {
            return true;
        }
        boolean room = schedule.answersFrom(reply.protocol.number(), reply.realServer, vip);
        if (room) {
            vips.put(reply, vip);
        }
        return room;
    }

    private static Reply reply(ServerState server) {
        return new Reply(server.service.config.protocol(), server.endpoint);
    }

    private void forgetRemoved(Set<Reply> there) {
        vips.keySet().removeIf(reply -> {
            boolean gone = !there.contains(reply);
            if (gone) {
                schedule.forgetAnswers(reply.protocol.number(), reply.realServer);
            }
            return gone;
        });
    }

    /// Numbers of realservers; empty if the kernel is not to choose.
    private char[] cells(ServiceState service) {
        boolean handedOver = service.group.phase == Phase.PREPARED || service.group.phase == Phase.LEFT;
        if (!offload || handedOver || !service.config.options().schedulerOffload()) {
            return new char[0];
        }
        char[] cells = service.scheduler.choices(service.pool);
        for (int i = 0; i < cells.length; i++) {
            cells[i] = cells[i] == Scheduler.NO_CHOICE ? Scheduler.NO_CHOICE : (char) service.at(cells[i]).id;
        }
        return cells;
    }

    private void followArms() {
        for (int i = 0; i < arms.size(); i++) {
            var arm = arms.get(i);
            if (!Integer.valueOf(arm.mtu).equals(mtus.put(arm.ifindex(), arm.mtu))) {
                schedule.mtu(arm.ifindex(), arm.mtu);
            }
        }
    }

    private void told(MemorySegment ring, long at, int length) {
        var service = services.service(ring.get(JAVA_INT_UNALIGNED, at + MadeFlow.TOLD_SERVICE));
        var server = services.server(ring.get(JAVA_INT_UNALIGNED, at + MadeFlow.TOLD_SERVER));
        if (service == null || server == null || server.service != service || !service.group.isOpen()) {
            return; // Reconfigured or closed in between: it stays the kernel's, or ends.
        }
        int slot = insert(service, server, ring, at);
        if (slot >= 0) {
            server.scheduled++;
            var arm = arms.byIndex(ring.get(JAVA_INT_UNALIGNED, at + MadeFlow.TOLD_IFINDEX));
            if (arm != null) {
                records.begin(slot, NetworkOrder.u48(ring, at + MadeFlow.TOLD_MAC), arm);
            }
            made.add(ring, at, now);
        } else if (slot == ConnectionTable.FULL) {
            counters.add(Counter.DROP_TABLE_FULL); // The kernel goes on with it alone.
        }
    }

    private int insert(ServiceState service, ServerState server, MemorySegment key, long at) {
        var state = service.config.protocol() == Protocol.TCP ? ConnectionState.ESTABLISHED : ConnectionState.UDP;
        return server.insert(
                table,
                MadeFlows.high(key, at + MadeFlow.SOURCE),
                MadeFlows.low(key, at + MadeFlow.SOURCE),
                MadeFlows.port(key, at + MadeFlow.SOURCE_PORT),
                state,
                now);
    }

    /// Whether a packet that the table does not know is one of a flow that the kernel has made (it gives us those that it cannot
    /// forward); then the table knows it now.
    boolean takesOver(Inbound in) {
        if (!used || (in.isTcp() && in.isSyn())) {
            return false;
        }
        now = in.now;
        return made.find(in, this::told);
    }

    /// The same of the flow of a realserver's answers in which the packet would be answered that an ICMP error quotes.
    boolean takesOver(IcmpQuote quote, long time) {
        if (!used) {
            return false;
        }
        now = time;
        return made.findAnswer(quote, this::told);
    }
}
