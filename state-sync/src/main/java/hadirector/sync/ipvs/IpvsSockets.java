package hadirector.sync.ipvs;

import hadirector.model.Endpoint;
import hadirector.model.IpvsSync;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/// Sockets for the multicast group, as the kernel's sync threads have them.
final class IpvsSockets {
    private static final int HOPS = 1;
    private static final int RECEIVE_BUFFER = 4 << 20;

    private IpvsSockets() {}

    /// @throws IOException with a sentence for the operator
    static NetworkInterface network(IpvsSync settings) throws IOException {
        var network = NetworkInterface.getByName(settings.interfaceName());
        if (network == null) {
            throw new SocketException(settings.interfaceName() + " is not there, or has no address");
        }
        return network;
    }

    static DatagramChannel receiving(IpvsSync settings, NetworkInterface network) throws IOException {
        var channel = open(settings);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.bind(target(settings));
            channel.join(target(settings).getAddress(), network);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    static DatagramChannel sending(IpvsSync settings, NetworkInterface network) throws IOException {
        var channel = open(settings);
        try {
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            channel.bind(new InetSocketAddress(own(settings, network), 0));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    static InetSocketAddress target(IpvsSync settings) {
        return new Endpoint(settings.group(), settings.port()).toSocketAddress();
    }

    private static DatagramChannel open(IpvsSync settings) throws IOException {
        return DatagramChannel.open(settings.group().isV4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
    }

    private static InetAddress own(IpvsSync settings, NetworkInterface network) throws IOException {
        int length = settings.group().isV4() ? 4 : 16;
        return network.inetAddresses()
                .filter(address -> address.getAddress().length == length)
                .findFirst()
                .orElseThrow(() -> new SocketException(network.getName() + " has no address of the group's family"));
    }
}
