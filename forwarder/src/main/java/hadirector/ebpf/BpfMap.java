package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A map that lives as long as its descriptor and the programs that use it. For one thread at a time; after
/// creation no call allocates. Keys and values are native memory in the machine's layout.
public final class BpfMap implements AutoCloseable {
    private static final int TYPE_HASH = 1;
    private static final int TYPE_ARRAY = 2;
    private static final int NO_PREALLOC = 1;

    private final String name;
    private final int fd;
    private final int keySize;
    private final int valueSize;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment element = arena.allocate(Attr.ELEM_LENGTH, Long.BYTES);
    private final MemorySegment batch = arena.allocate(Attr.BATCH_LENGTH, Long.BYTES);
    private boolean closed;

    private BpfMap(String name, int type, int keySize, int valueSize, int entriesMax, int flags) {
        this.name = name;
        this.keySize = keySize;
        this.valueSize = valueSize;
        fd = create(name, type, keySize, valueSize, entriesMax, flags);
        element.set(JAVA_INT, Attr.ELEM_MAP_FD, fd);
        batch.set(JAVA_INT, Attr.BATCH_MAP_FD, fd);
    }

    /// A hash table whose memory grows with its entries.
    ///
    /// @param name at most 15 letters, digits, `_`; shown by bpftool
    public static BpfMap hash(String name, int keySize, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_HASH, keySize, valueSize, entriesMax, NO_PREALLOC);
    }

    /// Entries 0 to `entriesMax - 1`, all there from the start, zero; keys are 32-bit numbers.
    public static BpfMap array(String name, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_ARRAY, Integer.BYTES, valueSize, entriesMax, 0);
    }

    public int fd() {
        return fd;
    }

    /// Sets an entry, new or not. False if the map is full.
    public boolean update(MemorySegment key, MemorySegment value) {
        element.set(JAVA_LONG, Attr.ELEM_VALUE, value.address());
        int result = callElement(Attr.MAP_UPDATE_ELEM, key);
        if (result == -Errno.E2BIG) {
            return false;
        }
        check(result, "update");
        return true;
    }

    /// False if there was no such entry.
    public boolean delete(MemorySegment key) {
        element.set(JAVA_LONG, Attr.ELEM_VALUE, 0); // The kernel refuses what a command does not use.
        return found(callElement(Attr.MAP_DELETE_ELEM, key), "delete");
    }

    /// Copies an entry into `value`; false if there is none.
    public boolean lookup(MemorySegment key, MemorySegment value) {
        element.set(JAVA_LONG, Attr.ELEM_VALUE, value.address());
        return found(callElement(Attr.MAP_LOOKUP_ELEM, key), "lookup");
    }

    /// Sets the first `count` of packed `keys` and `values` in one call; how many of them are in the map afterwards:
    /// fewer than `count` if it is full, or if the kernel has no memory at the moment.
    public int updateBatch(MemorySegment keys, MemorySegment values, int count) {
        int result = callBatch(Attr.MAP_UPDATE_BATCH, keys.address(), values.address(), count);
        if (result == -Errno.E2BIG || result == -Errno.ENOMEM) {
            return batch.get(JAVA_INT, Attr.BATCH_COUNT);
        }
        check(result, "update batch");
        return count;
    }

    /// Deletes the first `count` of packed `keys`, in one call as long as all are there; those that are not are skipped.
    public void deleteBatch(MemorySegment keys, int count) {
        int done = 0;
        while (done < count) {
            long from = keys.address() + (long) done * keySize;
            int result = callBatch(Attr.MAP_DELETE_BATCH, from, 0, count - done);
            if (result != -Errno.ENOENT) {
                check(result, "delete batch");
                return;
            }
            done += batch.get(JAVA_INT, Attr.BATCH_COUNT) + 1;
        }
    }

    public int keySize() {
        return keySize;
    }

    public int valueSize() {
        return valueSize;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
            arena.close();
        }
    }

    private int callElement(int command, MemorySegment key) {
        element.set(JAVA_LONG, Attr.ELEM_KEY, key.address());
        return Bpf.call(command, element);
    }

    private int callBatch(int command, long keys, long values, int count) {
        batch.set(JAVA_LONG, Attr.BATCH_KEYS, keys);
        batch.set(JAVA_LONG, Attr.BATCH_VALUES, values);
        batch.set(JAVA_INT, Attr.BATCH_COUNT, count);
        return Bpf.call(command, batch);
    }

    private boolean found(int result, String what) {
        if (result == -Errno.ENOENT) {
            return false;
        }
        check(result, what);
        return true;
    }

    private void check(int result, String what) {
        if (result < 0) {
            throw new ErrnoException(what + " of BPF map " + name, -result);
        }
    }

    private static int create(String name, int type, int keySize, int valueSize, int entriesMax, int flags) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.MAP_CREATE_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.MAP_TYPE, type);
            attributes.set(JAVA_INT, Attr.MAP_KEY_SIZE, keySize);
            attributes.set(JAVA_INT, Attr.MAP_VALUE_SIZE, valueSize);
            attributes.set(JAVA_INT, Attr.MAP_MAX_ENTRIES, entriesMax);
            attributes.set(JAVA_INT, Attr.MAP_FLAGS, flags);
            setName(attributes, Attr.MAP_NAME, name);
            int fd = Bpf.call(Attr.MAP_CREATE, attributes);
            if (fd < 0) {
                throw new ErrnoException("create BPF map " + name, -fd);
            }
            return fd;
        }
    }

    static void setName(MemorySegment attributes, long at, String name) {
        if (name.length() >= Attr.NAME_LENGTH) {
            throw new IllegalArgumentException("longer than " + (Attr.NAME_LENGTH - 1) + " letters: " + name);
        }
        for (int i = 0; i < name.length(); i++) {
            attributes.set(ValueLayout.JAVA_BYTE, at + i, (byte) name.charAt(i));
        }
    }
}
