package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.conn.LeftTable;
import hadirector.ebpf.BpfLink;
import hadirector.ebpf.BpfMap;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.Descriptors;
import hadirector.linux.ErrnoException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a director pins in a BPF file system, for its next process if this one is killed: the memory of its connections, the leases of its groups, and the
/// links of its programs ([PinnedLinks]), which then forward what they know for the rest of the lease.
///
/// ```
///   OWNER@NETNS/                        locked by the process that lives, so what any other has left is a dead one's
///     v1-START/                         of each process: its layout, and when it began (CLOCK_MONOTONIC; a BPF file system is empty after a reboot)
///       seed  index  groups  chunk-N    see TableLayout, KeyHash, SharedMaps.lease
///       tcx-IFINDEX  xdp-IFINDEX
/// ```
///
/// NETNS is the inode of the network namespace: interfaces are numbered in each from 1 on, and connections mean nothing in another. What dead processes of this owner
/// left in others is removed.
///
/// Nothing here throws: what cannot be pinned is told in the log and ends with the process. Any thread.
public final class Pins implements AutoCloseable {
    static final String SEED = "seed";
    static final String INDEX = "index";
    static final String GROUPS = "groups";
    static final String CHUNK = "chunk-";

    /// To be raised with any change of what these files hold.
    private static final String LAYOUT = "v1-";

    private static final Logger LOG = LoggerFactory.getLogger(Pins.class);
    private static final Path USUAL = Path.of("/sys/fs/bpf");
    private static final String USUAL_FOLDER = "ha-director";

    /// A killed process needs some 100 ms until the kernel has closed all that it had.
    private static final int LOCK_TRIES = 50;

    private static final long LOCK_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final @Nullable Path own;
    private final List<Path> left;
    private final int lock;
    private boolean failed;
    private boolean closed;

    private Pins(@Nullable Path own, List<Path> left, int lock) {
        this.own = own;
        this.left = left;
        this.lock = lock;
    }

    /// Pins nothing and has nothing.
    public static Pins none() {
        return new Pins(null, List.of(), -1);
    }

    /// @param at a folder in a BPF file system; empty: `/sys/fs/bpf`, if it is one that we may write to
    /// @param owner the director's name, unique on this machine
    public static Pins open(Optional<Path> at, String owner) {
        var place = at.orElse(USUAL);
        try {
            if (!Files.getFileStore(existing(place)).type().equals("bpf")) {
                throw new IOException(place + " is in no BPF file system");
            }
            var all = at.isPresent() ? place : place.resolve(USUAL_FOLDER);
            String name = owner.replace('.', '%') + "@"; // The kernel keeps dots for itself.
            var pins = of(all.resolve(name + namespace()), System.nanoTime());
            removeOthers(all, name);
            return pins;
        } catch (IOException | ErrnoException e) {
            String text = "nothing is pinned, after a kill a director that is alone has lost its connections: {}";
            if (at.isPresent()) {
                LOG.warn(text, String.valueOf(e));
            } else {
                LOG.info(text, String.valueOf(e));
            }
            return none();
        }
    }

    /// A BPF file system is empty after each start of the machine: the folder may have to be made.
    private static Path existing(Path place) {
        var existing = place.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return existing;
    }

    private static Pins of(Path folder, long now) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(folder, ownerOnly);
        int lock = Descriptors.open(folder);
        try {
            await(lock, folder);
            var left = files(folder);
            left.forEach(Pins::forgetTableOfNoHolder);
            var own = folder.resolve(LAYOUT + "%016x".formatted(now));
            Files.createDirectory(own, ownerOnly);
            return new Pins(own, left, lock);
        } catch (IOException | ErrnoException e) {
            Descriptors.close(lock);
            throw e;
        }
    }

    /// Of the calling thread.
    private static long namespace() throws IOException {
        return (long) Files.getAttribute(Path.of("/proc/thread-self/ns/net"), "unix:ino");
    }

    private static void removeOthers(Path all, String name) {
        try {
            for (var folder : files(all)) {
                if (String.valueOf(folder.getFileName()).startsWith(name)) {
                    removeIfDead(folder);
                }
            }
        } catch (IOException | ErrnoException e) {
            LOG.info("what is left of other network namespaces stays: {}", String.valueOf(e));
        }
    }

    private static void removeIfDead(Path folder) throws IOException {
        int lock = Descriptors.open(folder);
        try {
            if (Descriptors.lock(lock)) {
                files(folder).forEach(Pins::deleteFolder);
                delete(folder);
            }
        } finally {
            Descriptors.close(lock);
        }
    }

    /// Who held nothing when it died has no connections to give; in a row of failing starts the tables would add up. Its links may still be of use.
    private static void forgetTableOfNoHolder(Path process) {
        if (String.valueOf(process.getFileName()).startsWith(LAYOUT)) {
            try (var groups = BpfMap.pinnedArray(process.resolve(GROUPS), Long.BYTES)) {
                if (SharedMaps.noneHeld(groups.memory())) {
                    files(process).stream().filter(file -> !PinnedLinks.isLink(file)).forEach(Pins::delete);
                }
            } catch (IOException | ErrnoException e) {
                LOG.debug("{} cannot be read, which is told when its connections are asked for", process, e);
            }
        }
    }

    private static void await(int lock, Path folder) throws IOException {
        for (int i = 0; !Descriptors.lock(lock); i++) {
            if (i == LOCK_TRIES) {
                throw new IOException("another process has " + folder);
            }
            LockSupport.parkNanos(LOCK_PAUSE_NANOS);
        }
    }

    /// The oldest first.
    private static List<Path> files(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.sorted(Comparator.comparing(file -> file.toString().replaceFirst(".*-", ""))).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    void pin(String name, BpfMap map) {
        pin(name, map::pin);
    }

    void pin(String name, BpfLink link) {
        pin(name, link::pin);
    }

    private synchronized void pin(String name, Consumer<Path> to) {
        if (own != null && !failed && !closed) {
            try {
                to.accept(own.resolve(name));
            } catch (ErrnoException e) {
                failed = true;
                LOG.warn("nothing more is pinned, after a kill a director that is alone has lost connections: {}", e.getMessage());
            }
        }
    }

    /// Pins a number, that of the [hadirector.conn.KeyHash].
    public void seed(long value) {
        try (var map = BpfMap.mappedArray("hd_seed", Long.BYTES, 1)) {
            map.memory().set(JAVA_LONG, 0, value);
            pin(SEED, map);
        }
    }

    synchronized void unpin(String name) {
        if (own != null) {
            delete(own.resolve(name));
        }
    }

    /// The link of that name which a dead process left, with another program in it.
    synchronized Optional<BpfLink> adopt(String name, BpfProgram program) {
        return left.reversed().stream()
                .map(process -> process.resolve(name))
                .filter(Files::exists)
                .flatMap(file -> adopt(file, program).stream())
                .findFirst();
    }

    private static Optional<BpfLink> adopt(Path file, BpfProgram program) {
        try {
            var link = BpfLink.pinnedAt(file);
            try {
                link.update(program);
                LOG.info("took over {}, which a dead process of this director had left", file);
                return Optional.of(link);
            } catch (ErrnoException e) {
                link.close();
                throw e;
            }
        } catch (ErrnoException e) {
            LOG.info("{} is replaced: {}", file, e.getMessage()); // Of an interface that is gone.
            return Optional.empty();
        }
    }

    /// Whether a dead process left a link of that name.
    synchronized boolean isLeft(String name) {
        return left.stream().anyMatch(process -> Files.exists(process.resolve(name)));
    }

    /// Ends what dead processes left under that name, if it is not taken over.
    synchronized void discard(String name) {
        left.forEach(process -> delete(process.resolve(name)));
    }

    /// Gives the connections that dead processes left, of the groups that they served when they died; what they left stays until [#forgetLeft].
    public Inheritance inherit(Duration ageMax, LeftTable.Heir heir) throws InterruptedException {
        int given = 0;
        int damaged = 0;
        var refused = new ArrayList<String>();
        for (var process : left) {
            if (!String.valueOf(process.getFileName()).startsWith(LAYOUT)) {
                refused.add("%s is not of the layout %s".formatted(process, LAYOUT));
                continue;
            }
            if (hasNoTable(process)) {
                continue; // It held nothing.
            }
            try (var pinned = new PinnedTable(process)) {
                var found = pinned.table().give(System.nanoTime(), ageMax, heir);
                given += found.given();
                damaged += found.damaged();
                if (found.old() > 0) {
                    refused.add("%d connections of %s are older than %d s".formatted(found.old(), process, ageMax.toSeconds()));
                }
            } catch (ErrnoException e) {
                refused.add(String.valueOf(e.getMessage()));
            }
        }
        return new Inheritance(given, damaged, refused);
    }

    private static boolean hasNoTable(Path process) {
        try {
            return files(process).stream().allMatch(PinnedLinks::isLink);
        } catch (IOException e) {
            LOG.debug("{} cannot be read, which is told when its connections are asked for", process, e);
            return false;
        }
    }

    /// Removes all that dead processes left.
    public synchronized void forgetLeft() {
        left.forEach(Pins::deleteFolder);
    }

    /// Removes all pins of this process.
    @Override
    public synchronized void close() {
        if (own != null && !closed) {
            closed = true;
            deleteFolder(own);
            Descriptors.close(lock);
        }
    }

    private static void deleteFolder(Path folder) {
        try {
            files(folder).forEach(Pins::delete);
        } catch (IOException e) {
            LOG.warn("{} stays pinned: {}", folder, String.valueOf(e));
        }
        delete(folder);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} stays pinned: {}", file, String.valueOf(e));
        }
    }
}
