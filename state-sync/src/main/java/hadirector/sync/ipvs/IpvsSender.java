package hadirector.sync.ipvs;

import hadirector.conn.GroupId;
import hadirector.conn.ReplicatedTable;
import hadirector.model.IpvsSync;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread `ipvs-send`: what a master's sync thread is in the kernel, and a refresh of everything now and then.
final class IpvsSender implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsSender.class);

    /// How long a message that is not full waits; the kernel's waits up to 2 s.
    private static final long FLUSH_MILLIS = 50;

    /// A backup's socket holds some 90 messages by default.
    private static final int BURST = 32;

    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final IpvsSync settings;
    private final IpvsOutlet outlet;
    private final ReplicatedTable table;
    private final Supplier<Collection<String>> held;
    private final IpvsCounts counts;
    private @Nullable DatagramChannel channel;
    private @Nullable InetSocketAddress target;
    private long openAt = System.nanoTime();
    private long refreshAt;
    private Collection<String> heldBefore = Set.of();

    /// @param held the VIP groups that this director holds
    IpvsSender(
            IpvsSync settings,
            IpvsOutlet outlet,
            ReplicatedTable table,
            Supplier<Collection<String>> held,
            IpvsCounts counts) {
        this.settings = settings;
        this.outlet = outlet;
        this.table = table;
        this.held = held;
        this.counts = counts;
        refreshAt = openAt + settings.refresh().toNanos();
    }

    /// Works until interrupted.
    @Override
    public void run() {
        try {
            int burst = 0;
            while (true) {
                byte[] message = outlet.next(FLUSH_MILLIS);
                long now = System.nanoTime();
                if (message != null) {
                    send(message, now);
                    if (++burst % BURST == 0) {
                        TimeUnit.MILLISECONDS.sleep(1);
                    }
                }
                refresh(now);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    private void refresh(long now) {
        var holding = held.get();
        if (now - refreshAt >= 0 || !heldBefore.containsAll(holding)) {
            refreshAt = now + settings.refresh().toNanos();
            holding.forEach(group -> table.snapshot(GroupId.of(group), ReplicatedTable.OUTSIDE));
        }
        heldBefore = holding;
    }

    private void send(byte[] message, long now) {
        try {
            var to = channel(now);
            if (to != null) {
                to.send(ByteBuffer.wrap(message), target);
                counts.messagesSent.increment();
                return;
            }
        } catch (IOException | RuntimeException e) {
            if (counts.sendTrouble == null) {
                LOG.warn("event=ipvs-send interface={} why=\"{}\"", settings.interfaceName(), e.getMessage());
            }
            counts.sendTrouble = "connections are not told to IPVS backups: " + e.getMessage();
            close();
            openAt = now + AGAIN_NANOS;
        }
        counts.refused(IpvsRefusal.UNSENT);
    }

    private @Nullable DatagramChannel channel(long now) throws IOException {
        if (channel == null && now - openAt >= 0) {
            var network = IpvsSockets.network(settings);
            target = IpvsSockets.target(settings, network);
            channel = IpvsSockets.sending(settings, network);
            counts.sendTrouble = null;
        }
        return channel;
    }

    private void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("closing", e);
        }
        channel = null;
    }
}
