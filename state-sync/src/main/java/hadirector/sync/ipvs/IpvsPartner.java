package hadirector.sync.ipvs;

import hadirector.conn.ReplicatedTable;
import hadirector.model.IpvsSync;
import hadirector.model.VirtualService;
import hadirector.sync.ConnectionSync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// This director as backup or master of directors that are Linux kernels with IPVS, by their sync protocol: unacknowledged, unauthenticated, on a network that
/// must be trusted. See DESIGN.md.
public final class IpvsPartner implements AutoCloseable {
    private static final Duration JOIN = Duration.ofSeconds(2);

    private final IpvsSync settings;
    private final ReplicatedTable table;
    private final Predicate<String> isFree;
    private final Supplier<Collection<String>> held;
    private final IpvsCounts counts = new IpvsCounts();
    private final List<Thread> threads = new ArrayList<>();
    private volatile IpvsServices services = new IpvsServices(List.of());

    /// @param isFree whether nobody of the cluster holds a VIP group; any thread
    /// @param held the VIP groups that this director holds; any thread
    public IpvsPartner(
            IpvsSync settings, ReplicatedTable table, Predicate<String> isFree, Supplier<Collection<String>> held) {
        this.settings = settings;
        this.table = table;
        this.isFree = isFree;
        this.held = held;
    }

    /// The services of the config, by which connections are known; again after a reload.
    public void configure(Collection<VirtualService> configured) {
        services = new IpvsServices(configured);
    }

    /// Starts the threads `ipvs-receive` and `ipvs-send`, as the settings want it.
    ///
    /// @param sync not started yet; tells what changes
    public void start(ConnectionSync sync) {
        if (settings.receive()) {
            var intake = new IpvsIntake(settings.syncId(), table, () -> services, isFree, counts);
            launch("ipvs-receive", new IpvsReceiver(settings, intake, counts));
        }
        if (settings.send()) {
            var outlet = new IpvsOutlet(settings.syncId(), settings.lengthMax(), () -> services, counts);
            sync.overhear(outlet);
            launch("ipvs-send", new IpvsSender(settings, outlet, table, held, counts));
        }
    }

    private void launch(String name, Runnable work) {
        threads.add(Thread.ofPlatform().name(name).daemon().start(work));
    }

    public IpvsStats stats() {
        return counts.stats();
    }

    /// Ends the threads; afterwards the table may be closed.
    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        try {
            for (var thread : threads) {
                thread.join(JOIN);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
