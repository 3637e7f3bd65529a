package hadirector.ebpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.linux.Bpf;
import hadirector.linux.Descriptors;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.linux.MappedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// A map that lives as long as its descriptor, the programs that use it and its pin, if it has one. For one thread at a time; after
/// creation no call allocates. Keys and values are native memory in the machine's layout.
public final class BpfMap implements AutoCloseable {
    private static final int TYPE_HASH = 1;
    private static final int TYPE_ARRAY = 2;
    private static final int TYPE_PROG_ARRAY = 3;
    private static final int TYPE_PERCPU_ARRAY = 6;
    private static final int TYPE_LRU_HASH = 9;
    private static final int TYPE_LPM_TRIE = 11;
    private static final int TYPE_ARRAY_OF_MAPS = 12;
    static final int NO_PREALLOC = 1;
    private static final int MMAPABLE = 1 << 10;
    private static final int NO_INNER = 0;
    private static final int BATCH_MAX = 4096;

    private final String name;
    private final int fd;
    private final int keySize;
    private final int valueSize;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment element = arena.allocate(Attr.ELEM_LENGTH, Long.BYTES);
    private final MemorySegment batch = arena.allocate(Attr.BATCH_LENGTH, Long.BYTES);
    private final MemorySegment memory;
    private boolean closed;

    private BpfMap(String name, int type, int keySize, int valueSize, int entriesMax, int flags, int innerFd) {
        this.name = name;
        this.keySize = keySize;
        this.valueSize = valueSize;
        fd = create(name, type, keySize, valueSize, entriesMax, flags, innerFd);
        memory = flags == MMAPABLE ? map(fd, (long) valueSize * entriesMax, arena) : MemorySegment.NULL;
        element.set(JAVA_INT, Attr.ELEM_MAP_FD, fd);
        batch.set(JAVA_INT, Attr.BATCH_MAP_FD, fd);
    }

    /// One that exists already.
    private BpfMap(String name, int fd, int valueSize, int entriesMax) {
        this.name = name;
        this.keySize = Integer.BYTES;
        this.valueSize = valueSize;
        this.fd = fd;
        memory = map(fd, (long) valueSize * entriesMax, arena);
        element.set(JAVA_INT, Attr.ELEM_MAP_FD, fd);
        batch.set(JAVA_INT, Attr.BATCH_MAP_FD, fd);
    }

    /// A [#mappedArray] that is pinned.
    ///
    /// @throws ErrnoException if nothing is pinned there that may be opened; EINVAL if it is something else
    public static BpfMap pinnedArray(Path at, int valueSize) {
        int fd = Pin.open(at);
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(Attr.MAP_INFO_LENGTH, Long.BYTES);
            boolean wanted = ObjectInfo.get(fd, info)
                    && info.get(JAVA_INT, Attr.MAP_INFO_TYPE) == TYPE_ARRAY
                    && info.get(JAVA_INT, Attr.MAP_INFO_FLAGS) == MMAPABLE
                    && info.get(JAVA_INT, Attr.MAP_INFO_VALUE_SIZE) == valueSize;
            if (!wanted) {
                Descriptors.close(fd);
                throw new ErrnoException("open the pinned " + at + " as an array of " + valueSize + " bytes each", Errno.EINVAL);
            }
            return new BpfMap(String.valueOf(at.getFileName()), fd, valueSize, info.get(JAVA_INT, Attr.MAP_INFO_MAX_ENTRIES));
        }
    }

    /// It stays until that file is removed.
    ///
    /// @throws ErrnoException if the BPF file system does not take it
    public void pin(Path at) {
        Pin.make(fd, at);
    }

    /// A hash table whose memory grows with its entries.
    ///
    /// @param name at most 15 letters, digits, `_`; shown by bpftool
    public static BpfMap hash(String name, int keySize, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_HASH, keySize, valueSize, entriesMax, NO_PREALLOC, NO_INNER);
    }

    /// Entries 0 to `entriesMax - 1`, all there from the start, zero; keys are 32-bit numbers.
    public static BpfMap array(String name, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_ARRAY, Integer.BYTES, valueSize, entriesMax, 0, NO_INNER);
    }

    /// An [#array] whose values are [#memory] of this process as well: what one side writes, the other sees.
    ///
    /// @param valueSize a multiple of 8, as the kernel lays the values out
    public static BpfMap mappedArray(String name, int valueSize, int entriesMax) {
        if (valueSize % Long.BYTES != 0) {
            throw new IllegalArgumentException("size of values is " + valueSize + ", not a multiple of 8");
        }
        return new BpfMap(name, TYPE_ARRAY, Integer.BYTES, valueSize, entriesMax, MMAPABLE, NO_INNER);
    }

    /// An array of maps that are made like `template` (type, sizes, number of entries, flags); none is in it at first. A map is
    /// put in by [#put]; programs use it in two lookups.
    public static BpfMap arrayOfMaps(String name, BpfMap template, int entriesMax) {
        return new BpfMap(name, TYPE_ARRAY_OF_MAPS, Integer.BYTES, Integer.BYTES, entriesMax, 0, template.fd);
    }

    /// An array of programs for tail calls; none is in it at first.
    public static BpfMap programs(String name, int entriesMax) {
        return new BpfMap(name, TYPE_PROG_ARRAY, Integer.BYTES, Integer.BYTES, entriesMax, 0, NO_INNER);
    }

    /// An [#array] of which every processor has its own values, so that counting needs no atomics; see [PerCpuArray].
    static BpfMap perCpuArray(String name, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_PERCPU_ARRAY, Integer.BYTES, valueSize, entriesMax, 0, NO_INNER);
    }

    /// A hash table that makes room for a new entry by dropping one that was not used for long; its memory is taken at once.
    /// The kernel keeps free entries per processor, so somewhat less than `entriesMax` may fit.
    public static BpfMap lruHash(String name, int keySize, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_LRU_HASH, keySize, valueSize, entriesMax, 0, NO_INNER);
    }

    /// Longest prefix match. A key is the prefix's length in bits, 32 bits in the machine's order, then the bytes that it
    /// counts, the most significant bit of the first byte first.
    ///
    /// @param keySize with those 4 bytes
    public static BpfMap lpmTrie(String name, int keySize, int valueSize, int entriesMax) {
        return new BpfMap(name, TYPE_LPM_TRIE, keySize, valueSize, entriesMax, NO_PREALLOC, NO_INNER);
    }

    public int fd() {
        return fd;
    }

    /// All values of a [#mappedArray], entry `i` at `i * valueSize`. Closing the map unmaps it: an access after that, by
    /// whatever thread, throws [IllegalStateException].
    public MemorySegment memory() {
        if (memory.address() == 0) {
            throw new IllegalStateException("BPF map " + name + " is not mapped");
        }
        return memory;
    }

    /// Puts a map into an [#arrayOfMaps], in place of the one that was there; it then lives as long as it is there, also
    /// without its descriptor.
    public void put(int index, BpfMap inner) {
        put(index, inner.fd);
    }

    /// Puts a program into an array of [#programs].
    public void put(int index, BpfProgram program) {
        put(index, program.fd());
    }

    private void put(int index, int descriptor) {
        try (var call = Arena.ofConfined()) {
            update(call.allocateFrom(JAVA_INT, index), call.allocateFrom(JAVA_INT, descriptor));
        }
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

    /// Copies the key that follows `key` into `next`, the first one if `key` is not in the map (or is [MemorySegment#NULL]);
    /// false behind the last one. If entries come and go meanwhile, keys may be missed or met twice.
    public boolean nextKey(MemorySegment key, MemorySegment next) {
        element.set(JAVA_LONG, Attr.ELEM_VALUE, next.address());
        return found(callElement(Attr.MAP_GET_NEXT_KEY, key), "next key");
    }

    /// Takes up to 4,096 entries at a time.
    public interface Batch {
        /// @param keys packed, `count` of them, as `values`; both are overwritten when this returns
        void entries(MemorySegment keys, MemorySegment values, int count);
    }

    /// Shows every entry of a hash, LRU hash, array or trie, in few system calls (some 0.4 us an entry). Entries that come or go
    /// meanwhile may be missed or shown twice.
    public void forEach(Batch batch) {
        try (var call = Arena.ofConfined()) {
            var keys = call.allocate((long) BATCH_MAX * keySize, Long.BYTES);
            var values = call.allocate((long) BATCH_MAX * valueSize, Long.BYTES);
            var position = call.allocate(Math.max(keySize, Long.BYTES), Long.BYTES);
            long from = 0;
            boolean more = true;
            while (more) {
                this.batch.set(JAVA_LONG, Attr.BATCH_IN, from);
                this.batch.set(JAVA_LONG, Attr.BATCH_OUT, position.address());
                int result = callBatch(Attr.MAP_LOOKUP_BATCH, keys.address(), values.address(), BATCH_MAX);
                more = found(result, "look up batch"); // ENOENT is the end, with the last entries.
                batch.entries(keys, values, this.batch.get(JAVA_INT, Attr.BATCH_COUNT));
                from = position.address();
            }
        } finally {
            this.batch.set(JAVA_LONG, Attr.BATCH_IN, 0);
            this.batch.set(JAVA_LONG, Attr.BATCH_OUT, 0);
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

    private static MemorySegment map(int fd, long bytes, Arena arena) {
        try {
            long page = MappedMemory.pageSize();
            return MappedMemory.shared(fd, (bytes + page - 1) / page * page, arena).asSlice(0, bytes);
        } catch (ErrnoException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    static int create(
            String name, int type, int keySize, int valueSize, int entriesMax, int flags, int innerFd) {
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Attr.MAP_CREATE_LENGTH, Long.BYTES);
            attributes.set(JAVA_INT, Attr.MAP_TYPE, type);
            attributes.set(JAVA_INT, Attr.MAP_KEY_SIZE, keySize);
            attributes.set(JAVA_INT, Attr.MAP_VALUE_SIZE, valueSize);
            attributes.set(JAVA_INT, Attr.MAP_MAX_ENTRIES, entriesMax);
            attributes.set(JAVA_INT, Attr.MAP_FLAGS, flags);
            attributes.set(JAVA_INT, Attr.MAP_INNER_FD, innerFd);
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
