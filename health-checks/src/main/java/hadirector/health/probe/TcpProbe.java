package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.CompletableFuture;

/// `tcp`: the port accepts a connection. The kernel does that for a program that hangs, too.
record TcpProbe(EventLoopGroup loops, Endpoint server, Check.Tcp check) implements Probe {
    @Override
    public CompletableFuture<ProbeResult> run() {
        return Connection.open(loops.next(), server, check.schedule().timeout(), Connection::passed);
    }
}
