package hadirector.group;

import hadirector.door.Door;
import hadirector.door.MemberServerSocket;
import hadirector.door.MemberSocket;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import org.jgroups.util.DefaultSocketFactory;

/// JGroups' sockets, which meet members only. TCP asks for these two kinds.
final class ClusterSockets extends DefaultSocketFactory {
    private final Door door;

    ClusterSockets(Door door) {
        this.door = door;
    }

    @Override
    public Socket createSocket(String service) {
        return new MemberSocket(door);
    }

    @Override
    public ServerSocket createServerSocket(String service) throws IOException {
        return new MemberServerSocket(door);
    }
}
