package hadirector.admin;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The listening unix socket and its file: mode 0660 before anybody can find it, taken over from a director that died,
/// never from one that lives, and removed only by the one that made it.
final class ControlSocket implements AutoCloseable {
    /// sizeof(sun_path) of linux/un.h, with its final 0.
    private static final int PATH_MAX = 108;

    private final Path path;
    private final ServerSocketChannel channel;
    private final @Nullable Object fileKey;

    private ControlSocket(Path path, ServerSocketChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        fileKey = fileKey(path);
    }

    /// @throws IOException with a sentence that names `path`, if another director answers there, or it cannot be made
    static ControlSocket bind(Path path) throws IOException {
        var temporary = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        if (temporary.toString().getBytes(StandardCharsets.UTF_8).length >= PATH_MAX) {
            throw new IOException(
                    "admin-socket " + path + " is too long: a socket's path must stay under 100 bytes");
        }
        makeParent(path);
        if (answers(path)) {
            throw new IOException("another director runs: it answers on the admin-socket " + path);
        }
        var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(temporary);
            channel.bind(UnixDomainSocketAddress.of(temporary));
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-rw----"));
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
            return new ControlSocket(path, channel);
        } catch (IOException e) {
            channel.close();
            Files.deleteIfExists(temporary);
            throw new IOException("cannot listen on the admin-socket " + path + ": " + e.getMessage(), e);
        }
    }

    private static void makeParent(Path path) throws IOException {
        var parent = path.toAbsolutePath().getParent();
        if (parent == null || Files.isDirectory(parent)) {
            return;
        }
        try {
            Files.createDirectories(
                    parent,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
        } catch (IOException e) {
            throw new IOException("cannot make " + parent + " for the admin-socket: " + e.getMessage(), e);
        }
    }

    private static boolean answers(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) {
            throw new IOException("admin-socket " + path + " exists and is not a socket");
        }
        try (var client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return client.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException _) {
            return false; // Left behind by a process that is gone.
        }
    }

    SocketChannel accept() throws IOException {
        return channel.accept();
    }

    @Override
    public void close() throws IOException {
        if (fileKey != null && Objects.equals(fileKey, fileKey(path))) {
            Files.deleteIfExists(path);
        }
        channel.close();
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                ? Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey()
                : null;
    }
}
