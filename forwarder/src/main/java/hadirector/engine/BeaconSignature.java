package hadirector.engine;

import hadirector.packet.BeaconView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/// Signs beacons by one key, and knows those that it has signed. For one thread.
final class BeaconSignature {
    private final Mac mac;

    BeaconSignature(SecretKey key) {
        try {
            mac = Mac.getInstance(BeaconIdentity.ALGORITHM);
            mac.init(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("not a key for " + BeaconIdentity.ALGORITHM, e);
        }
    }

    void sign(BeaconView beacon) {
        beacon.signature().copyFrom(MemorySegment.ofArray(of(beacon)));
    }

    boolean isRight(BeaconView beacon) {
        return MessageDigest.isEqual(of(beacon), beacon.signature().toArray(ValueLayout.JAVA_BYTE));
    }

    private byte[] of(BeaconView beacon) {
        return Arrays.copyOf(mac.doFinal(beacon.signed().toArray(ValueLayout.JAVA_BYTE)), BeaconView.SIGNATURE_LENGTH);
    }
}
