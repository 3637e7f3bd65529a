package hadirector.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// A folder with the keys of a cluster: `CLUSTER.ca` signs, `MEMBER.pem` is all that a member needs.
///
/// @param lifetime of a member's keys
/// @param now for what is made
public record KeyFolder(Path folder, String cluster, Duration lifetime, Instant now) {
    /// What there is to do.
    public enum Task {
        /// What is missing: everything at first, later a new member's keys.
        COMPLETE,
        /// New keys for each member.
        RENEW,
        /// A new authority and new keys; the old authority stays trusted.
        RENEW_AUTHORITY,
        /// New keys that trust the renewed authority alone.
        FORGET_OLD_AUTHORITY
    }

    /// A file of the folder.
    ///
    /// @param made now; otherwise it was there and has been left as it is
    /// @param signs whether it is the authority's, which no director needs
    public record Made(Path file, boolean made, boolean signs, Instant validUntil) {}

    /// Does it, or changes nothing.
    ///
    /// @throws KeysException if what is there does not allow it; the message is for operators
    public List<Made> run(Task task, Collection<String> members)
            throws KeysException, IOException, GeneralSecurityException {
        var signer = folder.resolve(cluster + ".ca");
        boolean first = !Files.exists(signer);
        var before = first ? firstAuthority(task, signer, members) : Authority.of(KeyFile.read(signer));
        var authority = next(task, before);
        var fresh = new ArrayList<Made>();
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        boolean changed = first || authority != before;
        if (changed) {
            authority.file().write(signer);
        }
        var end = authority.file().trusted().getFirst().getNotAfter().toInstant();
        fresh.add(new Made(signer, changed, true, end));
        for (String member : members) {
            fresh.add(member(task, authority, member));
        }
        return fresh;
    }

    private Authority firstAuthority(Task task, Path signer, Collection<String> members)
            throws KeysException, GeneralSecurityException {
        boolean orphans = members.stream().anyMatch(member -> Files.exists(file(member)));
        if (orphans || task != Task.COMPLETE) {
            throw new KeysException(signer + " is not there: it signs what is renewed or added",
                    "bringing it back; or begin anew with an empty folder and give all members their new keys at once");
        }
        return Authority.make(cluster, now);
    }

    private Authority next(Task task, Authority before) throws KeysException, GeneralSecurityException {
        return switch (task) {
            case COMPLETE -> before; // Without a key for beacons, too: a new member has to do as the others.
            case RENEW -> before.withBeaconKey();
            case RENEW_AUTHORITY -> {
                if (before.isRenewed()) {
                    throw new KeysException("two authorities are trusted already",
                            "director keys --forget-old-ca, once each director has its keys of the last renewal");
                }
                yield before.renewed(cluster, now);
            }
            case FORGET_OLD_AUTHORITY -> {
                if (!before.isRenewed()) {
                    throw new KeysException("no older authority is trusted", "director keys --renew-ca first");
                }
                yield before.alone();
            }
        };
    }

    private Made member(Task task, Authority authority, String name)
            throws KeysException, IOException, GeneralSecurityException {
        var file = file(name);
        if (task == Task.COMPLETE && Files.exists(file)) {
            return new Made(file, false, false, KeyFile.read(file).expires());
        }
        var keys = authority.member(new Identity(cluster, name), now, lifetime);
        keys.write(file);
        return new Made(file, true, false, keys.expires());
    }

    private Path file(String member) {
        return folder.resolve(member + ".pem");
    }
}
