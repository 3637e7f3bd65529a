package hadirector.health.probe;

import hadirector.health.ProbeKey;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import io.netty.channel.EventLoopGroup;

/// Makes the probe of each kind of check.
final class Probes implements AutoCloseable {
    private final EventLoopGroup loops;
    private final TlsClient tls = new TlsClient();
    private final Programs programs = new Programs();

    Probes(EventLoopGroup loops) {
        this.loops = loops;
    }

    Probe probe(ProbeKey key) {
        Endpoint server = key.realServer();
        return switch (key.check()) {
            case Check.Tcp tcp -> new TcpProbe(loops, server, tcp);
            case Check.Http http -> new HttpProbe(loops, tls, server, http);
            case Check.Ping ping -> new PingProbe(programs, server.address(), ping);
            case Check.Command command ->
                    new CommandProbe(programs, server, command, key.asker().orElseThrow());
        };
    }

    /// Waits until the programs of cancelled runs are gone.
    @Override
    public void close() {
        programs.close();
    }
}
