package hadirector.health.probe;

import hadirector.health.ProbeKey;
import hadirector.health.ProbeResult;
import hadirector.health.Samples;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Runs single probes for tests.
final class Prober implements AutoCloseable {
    /// A bound that no healthy run comes near.
    static final long PATIENCE_SECONDS = 60;

    /// For probes that shall time out.
    static final Check.Schedule HASTY =
            new Check.Schedule(Duration.ofSeconds(1), Duration.ofMillis(150), 1, 1);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Probes probes = new Probes(loops);

    ProbeResult probe(Endpoint server, Check check) throws Exception {
        return make(server, check).run().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    Probe make(Endpoint server, Check check) {
        var service = Samples.service("shop", check, server);
        return probes.probe(ProbeKey.of(service, service.realServers().getFirst()).orElseThrow());
    }

    @Override
    public void close() {
        probes.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
