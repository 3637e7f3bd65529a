package hadirector.engine;

import java.util.List;

/// A process with an engine that serves [KernelSchedulingLabTest#SHOP].
final class EngineProcess {
    private EngineProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        var engine = new PacketEngine(EngineOptions.of(10_000), _ -> {});
        engine.configure(List.of(ServiceLabs.group()), List.of(KernelSchedulingLabTest.SHOP));
        ServiceLabs.up(engine, KernelSchedulingLabTest.SHOP);
        engine.open("web", 1);
        System.out.println("open");
        Thread.sleep(600_000);
        engine.close();
    }
}
