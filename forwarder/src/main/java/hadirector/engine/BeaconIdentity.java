package hadirector.engine;

import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// Who speaks in a holder's beacons, and by which keys they are signed and believed.
///
/// @param cluster its name
/// @param director name of this one, up to [#NAME_MAX] bytes of UTF-8
/// @param keys each signs a beacon of its own, and each is believed: so they can be changed, director after director, without a moment in which two do not
///     understand each other
public record BeaconIdentity(String cluster, String director, List<SecretKey> keys) {
    public static final int NAME_MAX = 64;

    static final String ALGORITHM = "HmacSHA256";

    public BeaconIdentity {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("no key");
        }
        int length = director.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > NAME_MAX) {
            throw new IllegalArgumentException("a director's name of " + length + " bytes");
        }
    }

    /// With one key, derived from the cluster's secret.
    ///
    /// @param secret any bytes, not empty
    public static BeaconIdentity of(String cluster, String director, byte[] secret) {
        return new BeaconIdentity(cluster, director, List.of(key(secret)));
    }

    /// Without a secret: protects against accidents and other clusters, not against forgery.
    public static BeaconIdentity open(String cluster, String director) {
        return of(cluster, director, ("hadirector beacon " + cluster).getBytes(StandardCharsets.UTF_8));
    }

    public static SecretKey key(byte[] secret) {
        return new SecretKeySpec(secret, ALGORITHM);
    }
}
