package hadirector.engine;

import java.time.Duration;
import java.util.List;

/// A process with an engine that serves [KernelSchedulingLabTest#SHOP].
final class EngineProcess {
    private static final EngineOptions OPTIONS =
            new EngineOptions(10_000, true, EngineOptions.Accelerate.AUTO, Duration.ofSeconds(2));

    private EngineProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        var engine = new PacketEngine(OPTIONS, _ -> {});
        engine.configure(List.of(ServiceLabs.group()), List.of(KernelSchedulingLabTest.SHOP));
        ServiceLabs.up(engine, KernelSchedulingLabTest.SHOP);
        engine.open("web", 1);
        System.out.println("open");
        Thread.sleep(600_000);
        engine.close();
    }
}
