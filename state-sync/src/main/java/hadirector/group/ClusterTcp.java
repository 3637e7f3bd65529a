package hadirector.group;

import java.io.IOException;
import java.util.Collection;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCP;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TCP that lets go of a member at once. JGroups says goodbye on each connection that a view does without; on one whose writer
/// stands still, as nobody reads at the other end, that would hold up the very view that says so.
final class ClusterTcp extends TCP {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterTcp.class);

    ClusterTcp() {
        setId(ClassConfigurator.getProtocolId(TCP.class));
    }

    @Override
    public void start() throws Exception {
        super.start();
        srv.log(new ConnectionLog());
    }

    @Override
    public void retainAll(Collection<Address> members) {
        srv.forAllConnections((address, connection) -> {
            boolean stays = members.contains(address) || (address instanceof PhysicalAddress there && is_member.test(there));
            if (!stays) {
                cut(connection);
            }
        });
        super.retainAll(members);
    }

    @Override
    protected void handleDisconnect() {
        srv.forAllConnections((_, connection) -> cut(connection));
        super.handleDisconnect();
    }

    private static void cut(Connection connection) {
        try {
            connection.close(false);
        } catch (IOException e) {
            LOG.debug("not closed: {}", connection, e);
        }
    }
}
