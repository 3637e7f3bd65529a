package hadirector.group;

import hadirector.door.Door;
import hadirector.door.Refusals;
import hadirector.model.Detection;
import hadirector.model.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
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
    private static final long CREDITS = 4L << 20;
    private static final int FRAGMENT = 60_000;
    private static final int BUFFER = 1 << 17;

    private Stack() {}

    static List<Protocol> of(
            Duration detection, Endpoint self, Collection<Endpoint> members, Door door, Refusals refusals) {
        var address = self.toSocketAddress().getAddress();
        var verification = new Verification();
        var sockets = new ClusterSockets(door, verification::refused);
        return List.of(
                transport(address, self.port(), sockets, refusals),
                discovery(members),
                new MERGE3().setMinInterval(200).setMaxInterval(600),
                new FD_ALL3().setTimeout(Detection.silence(detection).toMillis())
                        .setInterval(Detection.heartbeat(detection).toMillis()),
                verification.setTimeout(50),
                new NAKACK2().useMcastXmit(false).setXmitInterval(RETRANSMIT),
                new UNICAST3().setXmitInterval(RETRANSMIT),
                new STABLE().setDesiredAverageGossip(50_000).setMaxBytes(CREDITS),
                membership(),
                new UFC().setMaxCredits(CREDITS).setMinThreshold(0.4),
                new MFC().setMaxCredits(CREDITS).setMinThreshold(0.4),
                new FRAG4().setFragSize(FRAGMENT));
    }

    /// A closed connection raises a suspicion at once; FD_SOCK2, which does the same by sockets of its own, cannot encrypt them.
    private static Protocol transport(InetAddress address, int port, ClusterSockets sockets, Refusals refusals) {
        var tcp = new ClusterTcp();
        tcp.setSockConnTimeout(CONNECT).tcpNodelay(true).setClientBindAddr(address).enableSuspectEvents(true);
        tcp.setPeerAddrReadTimeout(JOIN).logDetails(false);
        // A whole bundle goes to the connection in one call: few TLS records, few system calls.
        tcp.setBufferedOutputStreamSize(BUFFER).setBufferedInputStreamSize(BUFFER);
        // A queue and a thread for each destination: a frozen director must not hold up heartbeats to the others.
        tcp.setBindAddress(address).setBindPort(port).setPortRange(0).setBundlerType("per-destination");
        tcp.useVirtualThreads(true).setSocketFactory(sockets);
        tcp.msgProcessingPolicy(new Speakers(refusals));
        return tcp;
    }

    private static Protocol discovery(Collection<Endpoint> all) {
        List<InetSocketAddress> members = all.stream().map(Endpoint::toSocketAddress).toList();
        return new TCPPING().<TCPPING>setInitialHosts(members).<TCPPING>setPortRange(0)
                .asyncDiscovery(true).sendCacheOnJoin(true);
    }

    private static Protocol membership() {
        return new GMS().printLocalAddress(false).setJoinTimeout(JOIN).setMaxJoinAttempts(3).setLeaveTimeout(JOIN)
                .setViewAckCollectionTimeout(JOIN).setMergeTimeout(1_000);
    }
}
