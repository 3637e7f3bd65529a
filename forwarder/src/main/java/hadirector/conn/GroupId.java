package hadirector.conn;

import java.nio.charset.StandardCharsets;

/// A VIP group's name as 32 bits for records and the wire: FNV-1a (Fowler, Noll, Vo), so that it is the same on
/// every director whatever the order of its file.
public final class GroupId {
    private static final int OFFSET_BASIS = 0x811c9dc5;
    private static final int PRIME = 0x01000193;

    private GroupId() {}

    public static int of(String name) {
        int hash = OFFSET_BASIS;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * PRIME;
        }
        return hash;
    }
}
