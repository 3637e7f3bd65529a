package hadirector.proxy;

import hadirector.engine.Counter;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The VIP's socket of a UDP service and a [UdpRelay] per client, all on one event loop.
final class UdpClients extends SimpleChannelInboundHandler<DatagramPacket> {
    /// The longest datagram of IPv4 or IPv6 without jumbograms.
    static final int DATAGRAM_MAX = 65_535;

    private final ProxyService service;
    private final Map<InetSocketAddress, UdpRelay> clients = new HashMap<>();

    private UdpClients(ProxyService service) {
        this.service = service;
    }

    /// Without SO_REUSEADDR: on Linux two processes could then have the address, and one would get nothing.
    static ChannelFuture bind(ProxyService service) {
        return new Bootstrap()
                .group(service.context.loops)
                .channel(service.context.transport.datagrams())
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_MAX))
                .handler(new UdpClients(service))
                .bind(service.config().vip().toSocketAddress());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
        var relay = clients.get(datagram.sender());
        if (relay == null) {
            relay = begin(ctx.channel(), datagram.sender());
        }
        if (relay != null) {
            relay.toServer(datagram.content().retain());
        }
    }

    private @Nullable UdpRelay begin(Channel vip, InetSocketAddress client) {
        var endpoint = Endpoints.of(client);
        if (!service.lets(endpoint)) {
            return null;
        }
        var chosen = service.backends.choose(Endpoints.hash(endpoint), List.of());
        if (chosen.isEmpty()) {
            service.context.count(Counter.DROP_NO_REALSERVER);
            return null;
        }
        var relay = new UdpRelay(service, vip, client, chosen.get(), () -> clients.remove(client));
        if (!service.enter(relay)) {
            service.backends.count(chosen.get(), 0, -1);
            return null;
        }
        clients.put(client, relay);
        relay.begin();
        return relay;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        List.copyOf(clients.values()).forEach(UdpRelay::end);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        service.context.count(Counter.DROP_SEND); // Of one datagram to a client that is gone; the socket stays.
    }
}
