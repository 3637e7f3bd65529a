package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.model.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;

/// JGroups' protocol stack of a director, bottom to top, with the timings that DESIGN.md gives reasons for. All
/// times are milliseconds.
final class Stack {
    private static final int CONNECT = 200;
    private static final int RETRANSMIT = 100;
    private static final int JOIN = 500;
    private static final int HEARTBEATS_PER_DETECTION = 6;
    private static final long CREDITS = 4L << 20;
    private static final int FRAGMENT = 60_000;

    private Stack() {}

    static List<Protocol> of(Cluster cluster, Endpoint self) {
        var address = self.toSocketAddress().getAddress();
        long detection = cluster.detection().toMillis();
        return List.of(
                transport(address, self.port()),
                discovery(cluster),
                new MERGE3().setMinInterval(200).setMaxInterval(600),
                closedSockets(address),
                new FD_ALL3().setTimeout(detection).setInterval(Math.max(1, detection / HEARTBEATS_PER_DETECTION)),
                new VERIFY_SUSPECT2().setTimeout(50),
                new NAKACK2().useMcastXmit(false).setXmitInterval(RETRANSMIT),
                new UNICAST3().setXmitInterval(RETRANSMIT),
                new STABLE().setDesiredAverageGossip(50_000).setMaxBytes(CREDITS),
                membership(),
                new UFC().setMaxCredits(CREDITS).setMinThreshold(0.4),
                new MFC().setMaxCredits(CREDITS).setMinThreshold(0.4),
                new FRAG4().setFragSize(FRAGMENT));
    }

    private static Protocol transport(InetAddress address, int port) {
        var tcp = new TCP();
        tcp.setSockConnTimeout(CONNECT).tcpNodelay(true).setClientBindAddr(address);
        // A queue and a thread for each destination: a frozen director must not hold up heartbeats to the others.
        tcp.setBindAddress(address).setBindPort(port).setPortRange(0).setBundlerType("per-destination");
        tcp.useVirtualThreads(true);
        secure(tcp);
        return tcp;
    }

    /// The place for mutual TLS; until then the cluster network must be trusted.
    private static void secure(@SuppressWarnings("unused") TCP tcp) {}

    private static Protocol discovery(Cluster cluster) {
        List<InetSocketAddress> members =
                cluster.members().values().stream().map(List::getFirst).map(Endpoint::toSocketAddress).toList();
        return new TCPPING().<TCPPING>setInitialHosts(members).<TCPPING>setPortRange(0)
                .asyncDiscovery(true).sendCacheOnJoin(true);
    }

    /// Without an address of its own FD_SOCK2 listens somewhere else and detects nothing, silently.
    private static Protocol closedSockets(InetAddress address) {
        return new FD_SOCK2().setBindAddress(address).setPortRange(0).setValue("connect_timeout", CONNECT);
    }

    private static Protocol membership() {
        return new GMS().printLocalAddress(false).setJoinTimeout(JOIN).setMaxJoinAttempts(3).setLeaveTimeout(JOIN)
                .setViewAckCollectionTimeout(JOIN).setMergeTimeout(1_000);
    }
}
