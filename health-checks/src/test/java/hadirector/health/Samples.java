package hadirector.health;

import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.VirtualService;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Services and checks for tests.
public final class Samples {
    /// Rise 2, fall 3, and intervals so short that a test need not wait.
    public static final Check.Schedule QUICK =
            new Check.Schedule(Duration.ofMillis(20), Duration.ofSeconds(10), 2, 3);

    public static final Endpoint VIP = Endpoint.of("192.0.2.10:80");

    private Samples() {}

    public static VirtualService service(String name, Optional<Check> check, Endpoint... servers) {
        var realServers = Arrays.stream(servers)
                .map(server -> new RealServer(server, 1, ForwardingMethod.NAT))
                .toList();
        return new VirtualService(
                name, "web", Protocol.TCP, VIP, SchedulerKind.RR, Timeouts.IPVS, check, realServers);
    }

    public static VirtualService service(String name, Check check, Endpoint... servers) {
        return service(name, Optional.of(check), servers);
    }

    public static Check.Http http(String path) {
        return new Check.Http(QUICK, false, path, Optional.empty(), List.of(), Optional.empty());
    }

    public static Check.Command command(String... argv) {
        return new Check.Command(QUICK, List.of(argv), Map.of());
    }
}
