package hadirector.sync.ipvs;

import hadirector.model.Endpoint;
import hadirector.model.IpvsSync;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
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
        return open(settings, channel -> {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
            channel.bind(target(settings, network));
            channel.join(target(settings, network).getAddress(), network);
        });
    }

    static DatagramChannel sending(IpvsSync settings, NetworkInterface network) throws IOException {
        return open(settings, channel -> {
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            if (settings.group().isV4()) {
                channel.bind(new InetSocketAddress(ownV4(network), 0));
            }
        });
    }

    /// The group; of IPv6 on that link, which a group of its own scope (`ff02::/16`) needs.
    static InetSocketAddress target(IpvsSync settings, NetworkInterface network) throws IOException {
        var plain = new Endpoint(settings.group(), settings.port()).toSocketAddress();
        return settings.group().isV4()
                ? plain
                : new InetSocketAddress(Inet6Address.getByAddress(null, plain.getAddress().getAddress(), network), settings.port());
    }

    @FunctionalInterface
    private interface Setup {
        void of(DatagramChannel channel) throws IOException;
    }

    private static DatagramChannel open(IpvsSync settings, Setup setup) throws IOException {
        var family = settings.group().isV4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        var channel = DatagramChannel.open(family);
        try {
            setup.of(channel);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static InetAddress ownV4(NetworkInterface network) throws IOException {
        return network.inetAddresses()
                .filter(Inet4Address.class::isInstance)
                .findFirst()
                .orElseThrow(() -> new SocketException(network.getName() + " has no IPv4 address"));
    }
}
