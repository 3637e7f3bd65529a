package hadirector.sync.ipvs;

import hadirector.conn.Change;
import hadirector.conn.ChangeRing;
import hadirector.conn.EntryCodec;
import hadirector.conn.MalformedEntryException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is to be told to backups: changes go in on the thread `sync`, which is never held up, messages come out on the sender's. If they come faster than they
/// are sent for long, messages are lost, as on the wire; the next refresh makes up for it.
final class IpvsOutlet implements ChangeRing.Consumer {
    private static final int MESSAGES_MAX = 1 << 15;

    private final Supplier<IpvsServices> services;
    private final IpvsCounts counts;
    private final BlockingQueue<byte[]> messages = new ArrayBlockingQueue<>(MESSAGES_MAX);
    private final IpvsWriter writer;

    IpvsOutlet(int syncId, int lengthMax, Supplier<IpvsServices> services, IpvsCounts counts) {
        this.services = services;
        this.counts = counts;
        writer = new IpvsWriter(syncId, lengthMax);
    }

    @Override
    public void change(int kind, int group, int peer, int epoch, MemorySegment entry, long at) {
        boolean ended = kind == Change.DELETE;
        if (!ended && kind != Change.UPSERT && kind != Change.SNAPSHOT_ENTRY) {
            return;
        }
        try {
            switch (services.get().tell(EntryCodec.decode(entry, at), ended)) {
                case IpvsServices.Told.Tell(IpvsConnection connection) -> add(connection);
                case IpvsServices.Told.Refused(IpvsRefusal why) -> counts.refused(why);
                case IpvsServices.Told.Nothing _ -> {}
            }
        } catch (MalformedEntryException _) {
            counts.refused(IpvsRefusal.FORMAT); // Our own table wrote it, so it has not been seen yet.
        }
    }

    private synchronized void add(IpvsConnection connection) {
        if (!writer.add(connection)) {
            close();
            writer.add(connection);
        }
        counts.told.increment();
    }

    private void close() {
        if (!messages.offer(writer.take())) {
            counts.refused(IpvsRefusal.UNSENT);
        }
    }

    /// The next message; one that is not full once nothing else came for `millis`. Null if there is none then either.
    byte @Nullable [] next(long millis) throws InterruptedException {
        byte[] full = messages.poll(millis, TimeUnit.MILLISECONDS);
        if (full != null) {
            return full;
        }
        synchronized (this) {
            byte[] meanwhile = messages.poll(); // The order is kept: an older message goes before what is gathered now.
            return meanwhile != null || writer.isEmpty() ? meanwhile : writer.take();
        }
    }
}
