package hadirector.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What is not as it should be with the keys of a member, before they are needed.
///
/// @param remedy the command that mends it
public record KeyTrouble(String what, String remedy) {
    /// Keys that end within this time are told of.
    public static final Duration SOON = Duration.ofDays(30);

    private static final String SERVICE_USER = "ha-director";

    /// Looks at a member's file as a director does that starts.
    public static List<KeyTrouble> of(Path file, Identity self, Instant now) {
        var found = new ArrayList<KeyTrouble>();
        try {
            var keys = new LiveKeys(file, self);
            if (keys.expires().isBefore(now.plus(SOON))) {
                found.add(new KeyTrouble("%s is valid until %s only".formatted(file, keys.expires()), KeyFile.RENEW));
            }
            if (keys.beaconKeys().isEmpty()) {
                found.add(new KeyTrouble(
                        file + " has no key for beacons: anybody on a client network can say that he holds the VIPs", KeyFile.RENEW));
            }
            readers(file, found);
        } catch (KeysException e) {
            found.add(new KeyTrouble(e.what(), e.remedy()));
        }
        return found;
    }

    private static void readers(Path file, List<KeyTrouble> found) {
        try {
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
            if (!permissions.endsWith("------")) {
                found.add(new KeyTrouble("%s is open to others than its owner (%s)".formatted(file, permissions), "chmod 600 " + file));
            }
            var _ = file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(SERVICE_USER);
            if (Files.getOwner(file).getName().equals("root")) {
                found.add(new KeyTrouble(
                        "%s belongs to root: the service runs as %s and cannot read it".formatted(file, SERVICE_USER),
                        "chown %s: %s".formatted(SERVICE_USER, file)));
            }
        } catch (IOException | UnsupportedOperationException _) {
            // No such user here, or a file system without owners.
        }
    }
}
