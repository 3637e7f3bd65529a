package hadirector.director;

import hadirector.admin.StatusReport;
import hadirector.config.ConfigResult;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A director with a fake engine in a fake cluster.
final class TestDirector implements AutoCloseable {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    final FakeEngine engine = new FakeEngine();
    final FakeMasquerade masquerade = new FakeMasquerade();
    final FakeCluster.Member channel;
    final Director director;
    private final String name;
    private volatile ConfigResult file;

    TestDirector(FakeCluster cluster, String name, TestConfig config) {
        this.name = name;
        channel = cluster.channel(name);
        file = new ConfigResult.Valid(config.of(name), List.of());
        director = new Director(config.of(name), () -> file, engine, masquerade, channel);
        engine.events = director::engineEvent;
    }

    TestDirector start() throws Exception {
        director.start();
        return this;
    }

    /// What the next reload reads.
    void write(TestConfig config) {
        file = new ConfigResult.Valid(config.of(name), List.of());
    }

    StatusReport.Group group(String group) {
        return director.operations().status().groups().stream().filter(g -> g.name().equals(group)).findFirst().orElseThrow();
    }

    void awaitOpen(String group) {
        await(name + " opens " + group, () -> engine.open().containsKey(group));
    }

    /// Waits until it could take the group over with every connection.
    void awaitSynced(String group) {
        await(name + " has a copy of " + group, () -> group(group).synced() && group(group).fit());
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("waited for: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        director.close();
    }
}
