package hadirector.group;

import hadirector.door.Door;
import hadirector.door.MemberServerSocket;
import hadirector.door.MemberSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jgroups.util.DefaultSocketFactory;

/// JGroups' sockets, which meet members only. TCP asks for these two kinds.
final class ClusterSockets extends DefaultSocketFactory {
    private final Door door;
    private final Consumer<InetSocketAddress> refused;

    /// @param refused told where nobody listens
    ClusterSockets(Door door, Consumer<InetSocketAddress> refused) {
        this.door = door;
        this.refused = refused;
    }

    @Override
    public Socket createSocket(String service) {
        return new MemberSocket(door) {
            @Override
            public void connect(SocketAddress to, int timeout) throws IOException {
                try {
                    super.connect(to, timeout);
                } catch (ConnectException e) {
                    refused.accept((InetSocketAddress) to);
                    throw e;
                }
            }
        };
    }

    @Override
    public ServerSocket createServerSocket(String service) throws IOException {
        return new MemberServerSocket(door);
    }
}
