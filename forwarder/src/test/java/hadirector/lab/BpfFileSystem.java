package hadirector.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A BPF file system of its own, which processes in network namespaces see as well (`/sys/fs/bpf` they do not, as `ip netns` mounts another `/sys`);
/// whatever is still pinned in it ends with it.
public final class BpfFileSystem implements AutoCloseable {
    private final Path folder;

    public BpfFileSystem() {
        try {
            folder = Files.createTempDirectory("hadirector-bpf");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Commands.run(List.of("mount", "-t", "bpf", "bpf", folder.toString()));
    }

    public Path folder() {
        return folder;
    }

    /// All that is pinned.
    public List<Path> pinned() {
        return all().stream().filter(Files::isRegularFile).filter(file -> !file.toString().endsWith(".debug")).toList();
    }

    /// The folders of that depth.
    public List<Path> folders(int depth) {
        return all().stream().filter(file -> Files.isDirectory(file) && file.getNameCount() == folder.getNameCount() + depth).toList();
    }

    private List<Path> all() {
        try (var files = Files.walk(folder)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Commands.run(List.of("umount", folder.toString()));
        try {
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
