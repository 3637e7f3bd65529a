package hadirector.proxy;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.sched.SourceHash;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/// Socket addresses as endpoints.
final class Endpoints {
    /// Where no realserver is chosen yet.
    static final Endpoint NONE = new Endpoint(IpAddress.v4(0), 0);

    private Endpoints() {}

    static Endpoint of(InetSocketAddress address) {
        return new Endpoint(of(address.getAddress()), address.getPort());
    }

    private static IpAddress of(InetAddress address) {
        var bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.capacity() == 4
                ? IpAddress.v4(bytes.getInt())
                : new IpAddress(bytes.getLong(), bytes.getLong());
    }

    static int hash(Endpoint client) {
        return SourceHash.of(client.address().high(), client.address().low());
    }
}
