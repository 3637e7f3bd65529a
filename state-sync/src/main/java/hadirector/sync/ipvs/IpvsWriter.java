package hadirector.sync.ipvs;

import static hadirector.sync.ipvs.IpvsLayout.U16;
import static hadirector.sync.ipvs.IpvsLayout.U8;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Gathers connections into a message. One thread.
public final class IpvsWriter {
    private static final int ENTRIES_MAX = 255;

    private final byte[] bytes;
    private final MemorySegment memory;
    private int length = IpvsLayout.HEADER;
    private int entries;

    /// @param lengthMax bytes of a message, at least 100
    public IpvsWriter(int syncId, int lengthMax) {
        bytes = new byte[lengthMax];
        memory = MemorySegment.ofArray(bytes);
        memory.set(U8, IpvsLayout.SYNC_ID, (byte) syncId);
        memory.set(U8, IpvsLayout.VERSION, (byte) 1);
    }

    /// @return false if there is no room for it in this message
    public boolean add(IpvsConnection connection) {
        int more = IpvsEntry.length(connection);
        if (entries == ENTRIES_MAX || length + more > bytes.length) {
            return false;
        }
        IpvsEntry.encode(connection, memory, length);
        length += more;
        entries++;
        return true;
    }

    public boolean isEmpty() {
        return entries == 0;
    }

    /// The message, and an empty one from now on.
    public byte[] take() {
        memory.set(U16, IpvsLayout.SIZE, (short) length);
        memory.set(U8, IpvsLayout.ENTRIES, (byte) entries);
        byte[] message = Arrays.copyOf(bytes, length);
        length = IpvsLayout.HEADER;
        entries = 0;
        return message;
    }
}
