package hadirector.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member's keys as its file has them now: a changed file counts for the next connection. If the file has become unusable
/// the keys before it stay in use, and [#trouble] says so.
public final class LiveKeys {
    private static final Logger LOG = LoggerFactory.getLogger(LiveKeys.class);

    private record Stamp(FileTime modified, long size, @Nullable Object file) {}

    private record Loaded(@Nullable Stamp stamp, KeyFile keys, SSLContext context) {}

    private final Path file;
    private final Identity self;
    private Loaded loaded;
    private @Nullable Stamp failed;
    private @Nullable String trouble;

    /// @throws KeysException if there are no usable keys of this member; the message is for operators
    public LiveKeys(Path file, Identity self) throws KeysException {
        this.file = file;
        this.self = self;
        loaded = load();
    }

    /// TLS as the file has it now.
    public synchronized SSLContext context() {
        refresh();
        return loaded.context;
    }

    /// From when on others refuse this member.
    public synchronized Instant expires() {
        refresh();
        return loaded.keys.expires();
    }

    /// See [KeyFile#beaconKeys].
    public synchronized List<SecretKey> beaconKeys() {
        refresh();
        return loaded.keys.beaconKeys();
    }

    /// Why the file as it is now is not in use.
    public synchronized Optional<String> trouble() {
        refresh();
        return Optional.ofNullable(trouble);
    }

    private void refresh() {
        var now = stamp(file);
        if (now == null || now.equals(loaded.stamp)) {
            trouble = now == null ? file + " is gone; its keys stay in use until a restart" : null;
            return;
        }
        if (now.equals(failed)) {
            return;
        }
        try {
            loaded = load();
            trouble = null;
            LOG.info("{} event=keys file={} valid-until={}", self.member(), file, loaded.keys.expires());
        } catch (KeysException e) {
            failed = now;
            trouble = e.getMessage() + "; the keys before it stay in use";
            LOG.warn("{} event=keys-refused why=\"{}\"", self.member(), e.getMessage());
        }
    }

    private Loaded load() throws KeysException {
        var stamp = stamp(file); // Before it is read: a change meanwhile is seen the next time.
        var keys = KeyFile.read(file);
        check(keys);
        try {
            var context = keys.tls();
            new SelfTest().run(context);
            return new Loaded(stamp, keys, context);
        } catch (GeneralSecurityException | IOException e) {
            throw new KeysException(file + " cannot be used: " + e.getMessage(), KeyFile.RENEW, e);
        }
    }

    private void check(KeyFile keys) throws KeysException {
        var named = keys.chain().isEmpty() ? Optional.<Identity>empty() : Identity.of(keys.own());
        if (named.isEmpty()) {
            throw new KeysException(file + " has no certificate of a director, must have that of " + self, itsOwn());
        }
        if (!named.get().equals(self)) {
            throw new KeysException("%s is the key of %s, must be that of %s".formatted(file, named.get(), self), itsOwn());
        }
        if (keys.expires().isBefore(Instant.now())) {
            throw new KeysException("%s is valid until %s only".formatted(file, keys.expires()), KeyFile.RENEW);
        }
    }

    private String itsOwn() {
        return "bring %s.pem here, which director keys makes beside %s.ca".formatted(self.member(), self.cluster());
    }

    private static @Nullable Stamp stamp(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException _) {
            return null;
        }
    }
}
