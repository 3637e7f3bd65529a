package hadirector.engine;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.Timeouts;
import hadirector.model.VirtualService;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A process with an engine that opens its group when it is told so by a line `open EPOCH`, and says what the engine tells it.
final class FencedProcess {
    static final int PORT = 5300;

    private static final VirtualService ECHO = new VirtualService(
            "echo",
            "web",
            Protocol.UDP,
            Endpoint.of(ServiceLabs.VIP + ":" + PORT),
            SchedulerKind.RR,
            Timeouts.IPVS,
            Optional.empty(),
            List.of(new RealServer(Endpoint.of("198.51.100.2:" + PORT), 1, ForwardingMethod.NAT)));

    private FencedProcess() {}

    public static void main(String[] arguments) throws IOException {
        var lease = Duration.ofMillis(Long.parseLong(arguments[0]));
        var options = new EngineOptions(100_000, true, EngineOptions.Accelerate.OFF, lease);
        try (var engine = new PacketEngine(options, event -> System.out.println("event " + event));
                var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            engine.identify(BeaconIdentity.open("lab", "lb1"));
            engine.configure(List.of(ServiceLabs.group()), List.of(ECHO));
            ServiceLabs.up(engine, ECHO);
            System.out.println("ready");
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("close")) {
                    engine.close("web");
                } else if (line.startsWith("open ")) {
                    engine.open("web", Integer.parseInt(line.substring(5)));
                }
                var stats = engine.stats();
                System.out.println(line + " done, " + stats.pauses() + ", fenced "
                        + stats.counters().get(Counter.FENCED) + ", withheld " + stats.counters().get(Counter.DROP_FENCED));
            }
        }
    }
}
