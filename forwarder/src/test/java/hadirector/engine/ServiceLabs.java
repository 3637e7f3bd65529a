package hadirector.engine;

import hadirector.lab.Host;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A director between two networks, its services and their peers, for tests that run a [PacketEngine] alone. Outside is 192.0.2.0/24 with the
/// VIP .10, inside 198.51.100.0/24 with the gateway .254.
final class ServiceLabs {
    static final String VIP = "192.0.2.10";
    static final int PATIENCE_MILLIS = 10_000;
    private static final int ANSWER = 'y';

    private ServiceLabs() {}

    static VipGroup group() {
        return new VipGroup(
                "web",
                List.of(new Vip(IpAddress.of(VIP), 24, "eth0")),
                List.of(new Vip(IpAddress.of("198.51.100.254"), 24, "eth1")),
                Map.of("lb", 1),
                false);
    }

    static ServiceOptions options(AccessList acl, boolean schedulerOffload, int halfOpenMax) {
        return new ServiceOptions(acl, schedulerOffload, halfOpenMax, OptionalInt.empty(), SyncMode.ASYNC);
    }

    static VirtualService service(String name, int port, SchedulerKind scheduler, ServiceOptions options, String... realServers) {
        return new VirtualService(
                name,
                "web",
                Protocol.TCP,
                Endpoint.of(VIP + ":" + port),
                scheduler,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(realServers).stream()
                        .map(rip -> new RealServer(Endpoint.of(rip + ":" + port), 1, ForwardingMethod.NAT))
                        .toList(),
                options);
    }

    static void up(PacketEngine engine, VirtualService service) {
        service.realServers().forEach(rs -> engine.server(service.name(), rs.endpoint(), 1, true));
    }

    /// A server that sends back whatever it gets.
    static void echo(Host host, int port) {
        var listening = host.in(() -> new ServerSocket(port, 1000));
        host.thread("echo " + port, () -> {
            while (true) {
                try {
                    var accepted = listening.accept();
                    Thread.ofVirtual().start(() -> {
                        try (accepted) {
                            accepted.getInputStream().transferTo(accepted.getOutputStream());
                        } catch (IOException _) {
                            // The client is gone.
                        }
                    });
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    /// A connection of a client to a service; it fails within [#PATIENCE_MILLIS].
    static Socket connect(Host client, int port) {
        return client.in(() -> {
            var socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(VIP, port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return socket;
        });
    }

    /// Whether a byte comes back.
    static boolean answers(Socket socket) throws IOException {
        socket.getOutputStream().write(ANSWER);
        return socket.getInputStream().read() == ANSWER;
    }
}
