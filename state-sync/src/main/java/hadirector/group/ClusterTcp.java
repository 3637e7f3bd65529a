package hadirector.group;

import java.io.IOException;
import java.util.Collection;
import org.jgroups.Address;
import org.jgroups.PhysicalAddress;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.logging.CustomLogFactory;
import org.jgroups.logging.Log;
import org.jgroups.logging.LogFactory;
import org.jgroups.logging.Slf4jLogImpl;
import org.jgroups.protocols.TCP;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TCP that lets go of a member at once. JGroups says goodbye on each connection that a view does without; on one whose writer
/// stands still, as nobody reads at the other end, that would hold up the very view that says so.
final class ClusterTcp extends TCP {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterTcp.class);

    static {
        LogFactory.setCustomLogFactory(new CustomLogFactory() {
            @Override
            public Log getLog(Class<?> of) {
                return of == ClusterTcp.class ? new ConnectionLog() : new Slf4jLogImpl(of);
            }

            @Override
            public Log getLog(String category) {
                return new Slf4jLogImpl(category);
            }
        });
    }

    ClusterTcp() {
        setId(ClassConfigurator.getProtocolId(TCP.class));
    }

    @Override
    public void start() throws Exception {
        super.start();
        srv.log(log);
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
