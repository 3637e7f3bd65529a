package hadirector.engine;

import hadirector.packet.BeaconView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/// Signs beacons by the first key and believes those of any. For one thread.
final class BeaconSignature {
    private final List<Mac> macs;

    BeaconSignature(List<SecretKey> keys) {
        macs = keys.stream().map(BeaconSignature::mac).toList();
    }

    private static Mac mac(SecretKey key) {
        try {
            var mac = Mac.getInstance(BeaconIdentity.ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("not a key for " + BeaconIdentity.ALGORITHM, e);
        }
    }

    void sign(BeaconView beacon) {
        beacon.signature().copyFrom(MemorySegment.ofArray(of(macs.getFirst(), beacon)));
    }

    boolean isRight(BeaconView beacon) {
        byte[] said = beacon.signature().toArray(ValueLayout.JAVA_BYTE);
        return macs.stream().anyMatch(mac -> MessageDigest.isEqual(of(mac, beacon), said));
    }

    private static byte[] of(Mac mac, BeaconView beacon) {
        return Arrays.copyOf(mac.doFinal(beacon.signed().toArray(ValueLayout.JAVA_BYTE)), BeaconView.SIGNATURE_LENGTH);
    }
}
