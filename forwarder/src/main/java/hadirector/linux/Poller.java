package hadirector.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// Where a duty cycle sleeps: one poll(2) over all its descriptors and over an eventfd by which other threads wake it.
/// One thread owns it; [#wake] is for every thread. Waiting allocates nothing.
public final class Poller implements AutoCloseable {
    private static final long EVENTS = 4;
    private static final long REVENTS = 6;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final int WAKE = 0;
    private static final int NONE = -1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment descriptors;
    private final MemorySegment counter = arena.allocate(JAVA_LONG);
    private final MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
    private final int wakeDescriptor = Descriptors.eventfd();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final int slots;
    private int end;
    private boolean closed;

    /// @param descriptorsMax that will be added at the same time
    public Poller(int descriptorsMax) {
        slots = descriptorsMax + 1;
        descriptors = arena.allocate((long) slots * Sockets.POLLFD_LENGTH, Long.BYTES);
        for (int slot = 0; slot < slots; slot++) {
            set(slot, NONE);
        }
        set(WAKE, wakeDescriptor);
        end = WAKE + 1;
    }

    /// Watches `fd` for something to read; returns its slot.
    public int add(int fd) {
        for (int slot = WAKE + 1; slot < slots; slot++) {
            if (descriptors.get(JAVA_INT, at(slot)) == NONE) {
                set(slot, fd);
                end = Math.max(end, slot + 1);
                return slot;
            }
        }
        throw new IllegalStateException("more than " + (slots - 1) + " descriptors");
    }

    public void remove(int slot) {
        set(slot, NONE);
    }

    /// Sleeps until a descriptor is ready, somebody calls [#wake], or the time is over.
    ///
    /// @param timeoutMillis 0 only looks, -1 waits for ever
    public void await(int timeoutMillis) {
        int ready = Sockets.poll(descriptors, end, timeoutMillis);
        if (ready < 0) {
            clear();
        }
        if (isReady(WAKE)) {
            int _ = Descriptors.read(wakeDescriptor, counter);
            woken.set(false); // Before the owner reads what it was woken for, so that no later word is missed.
        }
    }

    /// Whether the last [#await] found something to read, or an error to fetch, on this slot.
    public boolean isReady(int slot) {
        return descriptors.get(JAVA_SHORT, at(slot) + REVENTS) != 0;
    }

    /// Whether the last [#await] found an error there, which stays, and lets no `await` sleep, until somebody fetches it (SO_ERROR).
    public boolean hasError(int slot) {
        return (descriptors.get(JAVA_SHORT, at(slot) + REVENTS) & POLLERR) != 0;
    }

    /// Makes the present or next [#await] return at once.
    public void wake() {
        if (!woken.getAndSet(true)) {
            signal();
        }
    }

    private synchronized void signal() {
        if (!closed) {
            int _ = Descriptors.write(wakeDescriptor, one);
        }
    }

    /// By the owner thread; the descriptors that were added stay open.
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(wakeDescriptor);
            arena.close();
        }
    }

    private void clear() {
        for (int slot = 0; slot < end; slot++) {
            descriptors.set(JAVA_SHORT, at(slot) + REVENTS, (short) 0);
        }
    }

    private void set(int slot, int fd) {
        descriptors.set(JAVA_INT, at(slot), fd);
        descriptors.set(JAVA_SHORT, at(slot) + EVENTS, POLLIN);
        descriptors.set(JAVA_SHORT, at(slot) + REVENTS, (short) 0);
    }

    private static long at(int slot) {
        return (long) slot * Sockets.POLLFD_LENGTH;
    }
}
