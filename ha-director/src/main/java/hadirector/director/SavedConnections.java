package hadirector.director;

import hadirector.conn.ConnectionEntry;
import hadirector.conn.EntryCodec;
import hadirector.conn.EntryLayout;
import hadirector.conn.MalformedEntryException;
import hadirector.engine.ForwardingEngine;
import hadirector.model.IpAddress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a director that ends leaves to the next process of its name if nobody else has its groups: their connections, in a file, big-endian:
///
/// ```
///   0        4         8           16         20   24        32
///   | "HADC" | version | saved, ms | entries  | 0  | digest  | entries of 64 bytes, see EntryLayout ...
/// ```
///
/// It is used once, and not when it is old: somebody else may have had the clients meanwhile. If a director holds a group when the next process comes, that
/// one's word replaces what was in the file.
final class SavedConnections {
    static final Duration AGE_MAX = Duration.ofMinutes(2);

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int MAGIC = 0x48414443;
    private static final int VERSION = 1;
    private static final int HEADER = 32;
    private static final int AT_ONCE = 512;

    /// Gets an entry of `group`, valid during the call.
    @FunctionalInterface
    interface Taker {
        void take(String group, MemorySegment from, long at) throws InterruptedException;
    }

    private final Path file;

    SavedConnections(Path file) {
        this.file = file;
    }

    /// Writes the connections of VIPs that are `wanted`; no file if there are none.
    ///
    /// @return their number
    int save(ForwardingEngine engine, Predicate<IpAddress> wanted, Instant now) throws IOException {
        Files.deleteIfExists(file);
        var unfinished = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = FileChannel.open(unfinished, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
            var writer = new Writer(channel);
            var _ = engine.connections(entry -> wanted.test(entry.virtual().address()) && writer.add(entry), Integer.MAX_VALUE);
            writer.finish(now);
            if (writer.entries > 0) {
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return writer.entries;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /// Gathers entries one by one.
    private static final class Writer {
        private final FileChannel channel;
        private final byte[] bytes = new byte[AT_ONCE * EntryLayout.LENGTH];
        private final MemorySegment memory = MemorySegment.ofArray(bytes);
        private int gathered;
        private int entries;
        private long digest;
        private @Nullable IOException failure;

        Writer(FileChannel channel) throws IOException {
            this.channel = channel;
            channel.position(HEADER);
        }

        /// @return false: nobody is to collect them
        boolean add(ConnectionEntry entry) {
            long at = (long) gathered * EntryLayout.LENGTH;
            EntryCodec.encode(entry, memory, at);
            digest += EntryCodec.digest(memory, at);
            entries++;
            if (++gathered == AT_ONCE) {
                flush();
            }
            return false;
        }

        private void flush() {
            var buffer = ByteBuffer.wrap(bytes, 0, gathered * EntryLayout.LENGTH);
            try {
                while (failure == null && buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            } catch (IOException e) {
                failure = e;
            }
            gathered = 0;
        }

        void finish(Instant now) throws IOException {
            flush();
            if (failure != null) {
                throw failure;
            }
            var header = ByteBuffer.allocate(HEADER).putInt(MAGIC).putInt(VERSION).putLong(now.toEpochMilli()).putInt(entries).putInt(0).putLong(digest).flip();
            while (header.hasRemaining()) {
                channel.write(header, header.position());
            }
        }
    }

    /// Gives what was saved. The file stays until [#forget], for a process that cannot start.
    ///
    /// @param group of a VIP, null if it has none any more
    /// @return the number of connections
    /// @throws IOException what is wrong with the file; nothing was taken then
    int restore(Function<IpAddress, @Nullable String> group, Taker taker, Instant now) throws IOException, InterruptedException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (var arena = Arena.ofConfined(); var channel = FileChannel.open(file)) {
            var saved = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            long age = check(saved, now);
            return age > AGE_MAX.toSeconds() ? 0 : give(saved, age, group, taker);
        }
    }

    /// It was used, or is of no use.
    void forget() throws IOException {
        Files.deleteIfExists(file);
    }

    /// @return its age in seconds; more than any if its time is to come
    private long check(MemorySegment saved, Instant now) throws IOException {
        if (saved.byteSize() < HEADER || saved.get(U32, 0) != MAGIC || saved.get(U32, 4) != VERSION) {
            throw new IOException(file + " is not a file of connections, version " + VERSION);
        }
        long entries = saved.get(U32, 16);
        if (entries < 0 || saved.byteSize() != HEADER + entries * EntryLayout.LENGTH) {
            throw new IOException("%s has %d bytes and says that it has %d connections".formatted(file, saved.byteSize(), entries));
        }
        long digest = 0;
        for (long at = HEADER; at < saved.byteSize(); at += EntryLayout.LENGTH) {
            digest += EntryCodec.digest(saved, at);
        }
        if (digest != saved.get(U64, 24)) {
            throw new IOException(file + " was changed: its digest is wrong");
        }
        long millis = now.toEpochMilli() - saved.get(U64, 8);
        return millis < 0 ? Long.MAX_VALUE : millis / 1000;
    }

    private static int give(MemorySegment saved, long age, Function<IpAddress, @Nullable String> group, Taker taker)
            throws InterruptedException {
        int given = 0;
        for (long at = HEADER; at < saved.byteSize(); at += EntryLayout.LENGTH) {
            try {
                var entry = EntryCodec.decode(saved, at);
                String of = group.apply(entry.virtual().address());
                if (of != null && entry.expiresSeconds() > age) {
                    taker.take(of, saved, at);
                    given++;
                }
            } catch (MalformedEntryException _) {
                // One whose kind this version does not know: its client connects again.
            }
        }
        return given;
    }
}
