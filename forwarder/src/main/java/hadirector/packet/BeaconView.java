package hadirector.packet;

import static hadirector.packet.NetworkOrder.U32;
import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.setU8;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The beacon of a director that holds a VIP group, or has held it until now, behind the Ethernet header at `at`:
///
/// ```
///   0        4        5            6         14       22      26            34         42       43          43+n
///   | "HAD1" | version| name's n   | cluster | group  | epoch | incarnation | sequence | word   | name, n   | signature, 16 |
/// ```
///
/// The word is 1: holds it, or 0: its lease is given back, and it neither answers nor forwards any more.
///
/// Evolution: another version is ignored by those who do not know it; a frame may be longer than this. The signature is a HMAC-SHA256 over
/// everything before it, cut to 16 bytes.
public record BeaconView(MemorySegment frame, long at) {
    /// IEEE 802 local experimental EtherType 1: never leaves the LAN.
    public static final int TYPE = 0x88b5;

    public static final int NAME_MAX = 64;
    public static final int SIGNATURE_LENGTH = 16;
    public static final int VERSION = 2;

    private static final int MAGIC = 0x48414431;
    private static final long VERSION_AT = 4;
    private static final long NAME_LENGTH = 5;
    private static final long CLUSTER = 6;
    private static final long GROUP = 14;
    private static final long EPOCH = 22;
    private static final long INCARNATION = 26;
    private static final long SEQUENCE = 34;
    private static final long WORD = 42;
    private static final int NAME = 43;

    /// Bytes of the longest, with its Ethernet header.
    public static final int LENGTH_MAX = EthernetView.LENGTH + NAME + NAME_MAX + SIGNATURE_LENGTH;

    /// Whether a whole beacon of this version lies in `[at, end)`.
    public static boolean isAt(MemorySegment frame, long at, long end) {
        return end - at >= NAME + SIGNATURE_LENGTH
                && frame.get(U32, at) == MAGIC
                && u8(frame, at + VERSION_AT) == VERSION
                && u8(frame, at + NAME_LENGTH) > 0
                && u8(frame, at + NAME_LENGTH) <= NAME_MAX
                && end - at >= NAME + u8(frame, at + NAME_LENGTH) + SIGNATURE_LENGTH;
    }

    /// The number that stands for a cluster's or a group's name: the first 8 bytes of its SHA-256.
    public static long id(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return MemorySegment.ofArray(digest).get(U64, 0);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// Writes all but the signature, with the Ethernet header to all stations.
    ///
    /// @param name 1 to [#NAME_MAX] bytes of UTF-8
    /// @param incarnation greater than that of any earlier process under this name
    /// @param sequence greater than that of any earlier beacon of this incarnation, on whatever network and of whatever group
    /// @param holds false: it has let go
    public static BeaconView write(
            MemorySegment to,
            long at,
            long mac,
            long cluster,
            long group,
            int epoch,
            long incarnation,
            long sequence,
            boolean holds,
            String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        EthernetView.write(to, at, EthernetView.BROADCAST, mac, TYPE);
        long body = at + EthernetView.LENGTH;
        to.set(U32, body, MAGIC);
        setU8(to, body + VERSION_AT, VERSION);
        setU8(to, body + NAME_LENGTH, bytes.length);
        to.set(U64, body + CLUSTER, cluster);
        to.set(U64, body + GROUP, group);
        to.set(U32, body + EPOCH, epoch);
        to.set(U64, body + INCARNATION, incarnation);
        to.set(U64, body + SEQUENCE, sequence);
        setU8(to, body + WORD, holds ? 1 : 0);
        MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, body + NAME, bytes.length);
        return new BeaconView(to, body);
    }

    public long cluster() {
        return frame.get(U64, at + CLUSTER);
    }

    public long group() {
        return frame.get(U64, at + GROUP);
    }

    public int epoch() {
        return frame.get(U32, at + EPOCH);
    }

    public long incarnation() {
        return frame.get(U64, at + INCARNATION);
    }

    public long sequence() {
        return frame.get(U64, at + SEQUENCE);
    }

    /// Whether its sender holds the group; what is neither of the two words is as careful to take for that.
    public boolean holds() {
        return u8(frame, at + WORD) != 0;
    }

    /// Of the director; bytes that are no UTF-8 become replacement characters.
    public String name() {
        byte[] name = frame.asSlice(at + NAME, nameLength()).toArray(ValueLayout.JAVA_BYTE);
        return new String(name, StandardCharsets.UTF_8);
    }

    private int nameLength() {
        return u8(frame, at + NAME_LENGTH);
    }

    /// What is signed.
    public MemorySegment signed() {
        return frame.asSlice(at, NAME + (long) nameLength());
    }

    public MemorySegment signature() {
        return frame.asSlice(at + NAME + nameLength(), SIGNATURE_LENGTH);
    }

    /// Bytes of the frame with its Ethernet header.
    public int frameLength() {
        return EthernetView.LENGTH + NAME + nameLength() + SIGNATURE_LENGTH;
    }
}
