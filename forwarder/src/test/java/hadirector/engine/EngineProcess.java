package hadirector.engine;

import java.time.Duration;
import java.util.List;

/// A process with an engine that serves [KernelSchedulingLabTest#SHOP].
final class EngineProcess {
    private static final EngineOptions OPTIONS =
            new EngineOptions(10_000, true, EngineOptions.Accelerate.AUTO, Duration.ofSeconds(4));

    /// What it says once the kernel has made a connection by itself.
    static final String SCHEDULES = "the kernel schedules";

    private EngineProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        var engine = new PacketEngine(OPTIONS, _ -> {});
        engine.configure(List.of(ServiceLabs.group()), List.of(KernelSchedulingLabTest.SHOP));
        ServiceLabs.up(engine, KernelSchedulingLabTest.SHOP);
        engine.open("web", 1);
        System.out.println("open");
        while (engine.stats().counters().getOrDefault(Counter.CONNECTIONS_MADE, 0L) == 0) {
            Thread.sleep(20);
        }
        System.out.println(SCHEDULES);
        Thread.sleep(600_000);
        engine.close();
    }
}
