package hadirector.group;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// What stands before each message of ours, big-endian.
///
/// ```
///   0       1                               9
///   +-------+-------------------------------+----
///   | kind  |            cluster            | ...
///   +-------+-------------------------------+----
/// ```
///
/// `cluster` is the first 8 bytes of the SHA-256 of the cluster's name.
final class Envelope {
    static final int LENGTH = 9;

    private final long cluster;

    Envelope(String cluster) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(cluster.getBytes(StandardCharsets.UTF_8));
            this.cluster = ByteBuffer.wrap(digest).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java platform has it.
        }
    }

    byte[] around(byte kind, byte[] message, int length) {
        return ByteBuffer.allocate(LENGTH + length).put(kind).putLong(cluster).put(message, 0, length).array();
    }

    /// @param offset of an envelope, all of which is there
    boolean isOurs(byte[] message, int offset) {
        return ByteBuffer.wrap(message).getLong(offset + 1) == cluster;
    }
}
