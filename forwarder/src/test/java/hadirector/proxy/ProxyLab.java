package hadirector.proxy;

import hadirector.engine.EngineEvent;
import hadirector.engine.EngineStats;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Three realservers, a VIP of this run alone, and an engine.
final class ProxyLab implements AutoCloseable {
    static final int WAIT_SECONDS = 30;
    private static final Timeouts LONG = Timeouts.IPVS;

    final List<EchoServer> servers = new ArrayList<>();
    final Endpoint vip;
    final BlockingQueue<EngineEvent> events = new LinkedBlockingQueue<>();
    final ProxyEngine engine;

    ProxyLab() throws IOException {
        for (int number = 1; number <= 3; number++) {
            servers.add(new EchoServer(number));
        }
        vip = freeVip();
        engine = new ProxyEngine(1_000, events::add);
    }

    private static Endpoint freeVip() throws IOException {
        try (var probe = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.2.10"))) {
            return Endpoint.of("127.0.2.10:" + probe.getLocalPort());
        }
    }

    static VipGroup group(String name) {
        return new VipGroup(
                name, List.of(new Vip(IpAddress.of("127.0.2.10"), 8, "lo")), List.of(), Map.of("lb1", 100), false);
    }

    VirtualService service(Protocol protocol, Timeouts timeouts, List<Endpoint> realServers) {
        return new VirtualService(
                "shop",
                "web",
                protocol,
                vip,
                SchedulerKind.RR,
                timeouts,
                Optional.empty(),
                realServers.stream().map(e -> new RealServer(e, 1, ForwardingMethod.NAT)).toList());
    }

    List<Endpoint> endpoints() {
        return servers.stream().map(EchoServer::endpoint).toList();
    }

    /// Opens a service over the three realservers, all up.
    void open(Protocol protocol) {
        open(service(protocol, LONG, endpoints()));
    }

    void open(VirtualService service) {
        engine.configure(List.of(group("web")), List.of(service));
        allUp(engine, service);
        engine.open("web", 1);
        await(() -> !engine.mode().contains("not bound"));
    }

    static void allUp(ProxyEngine engine, VirtualService service) {
        service.realServers().forEach(s -> engine.server(service.name(), s.endpoint(), s.weight(), true));
    }

    void configure(Protocol protocol, List<Endpoint> realServers) {
        engine.configure(List.of(group("web")), List.of(service(protocol, LONG, realServers)));
    }

    Socket connect() throws IOException {
        var socket = new Socket();
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
        socket.connect(vip.toSocketAddress());
        return socket;
    }

    /// Connects and reads the name of the realserver.
    int connectAndAsk() throws IOException {
        try (var socket = connect()) {
            return socket.getInputStream().read() - '0';
        }
    }

    List<EngineStats.Server> rows() {
        return engine.stats().services().getFirst().servers();
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + WAIT_SECONDS + " s");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    @Override
    public void close() {
        engine.close();
        servers.forEach(EchoServer::close);
    }
}
