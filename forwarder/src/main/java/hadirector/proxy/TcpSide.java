package hadirector.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/// One of the two channels of a [TcpRelay]: passes on what it reads while the other side takes it.
final class TcpSide extends ChannelInboundHandlerAdapter {
    private final TcpRelay relay;
    private final boolean client;

    TcpSide(TcpRelay relay, boolean client) {
        this.relay = relay;
        this.client = client;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var bytes = (ByteBuf) message;
        relay.passed(client, bytes.readableBytes());
        var other = relay.other(client);
        var _ = other.write(bytes, other.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (relay.established()) {
            var other = relay.other(client);
            other.flush();
            if (!other.isWritable()) {
                ctx.channel().config().setAutoRead(false);
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (relay.established() && ctx.channel().isWritable()) {
            relay.other(client).config().setAutoRead(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            relay.finished(client);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        relay.broken(client);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        relay.broken(client);
    }
}
