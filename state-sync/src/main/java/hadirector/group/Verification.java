package hadirector.group;

import java.net.InetSocketAddress;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.stack.IpAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks a suspected member whether it lives, as VERIFY_SUSPECT2 does, but does not wait for the answer of one whose kernel refuses
/// the connection that carries the question: nobody listens there, so its process has ended.
final class Verification extends VERIFY_SUSPECT2 {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);

    Verification() {
        setId(ClassConfigurator.getProtocolId(VERIFY_SUSPECT2.class));
    }

    /// A connection to this address was refused just now.
    void refused(InetSocketAddress there) {
        var ended = suspects().stream().filter(member -> there.equals(physical(member)) && removeSuspect(member)).toList();
        if (!ended.isEmpty()) {
            LOG.debug("{} refuses connections: {} has ended", there, ended);
            up_prot.up(new Event(Event.SUSPECT, ended));
        }
    }

    private synchronized List<Address> suspects() {
        return suspects.stream().map(Entry::suspect).toList();
    }

    private Object physical(Address member) {
        return down_prot.down(new Event(Event.GET_PHYSICAL_ADDRESS, member)) instanceof IpAddress address
                ? new InetSocketAddress(address.getIpAddress(), address.getPort())
                : member;
    }
}
