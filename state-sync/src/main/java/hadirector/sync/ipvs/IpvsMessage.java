package hadirector.sync.ipvs;

import static hadirector.sync.ipvs.IpvsLayout.U16;
import static hadirector.sync.ipvs.IpvsLayout.U8;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What one datagram of an IPVS master says, read as a Linux backup reads it: a mistake ends the message, what stood before it counts.
///
/// @param syncId -1 if it is too short to have one
/// @param refused of the message or of single connections in it
public record IpvsMessage(int syncId, List<IpvsConnection> connections, List<IpvsRefusal> refused) {
    public IpvsMessage {
        connections = List.copyOf(connections);
        refused = List.copyOf(refused);
    }

    /// Reads the whole of `from`; never throws for what stands there.
    public static IpvsMessage decode(MemorySegment from) {
        long length = from.byteSize();
        if (length < IpvsLayout.HEADER_0) {
            return refusal(-1, IpvsRefusal.FORMAT);
        }
        int syncId = Byte.toUnsignedInt(from.get(U8, IpvsLayout.SYNC_ID));
        if (u16(from, IpvsLayout.SIZE) != length) {
            return refusal(syncId, IpvsRefusal.FORMAT);
        }
        boolean isVersion1 = length >= IpvsLayout.HEADER
                && from.get(U8, 0) == 0
                && from.get(U8, IpvsLayout.VERSION) == 1
                && from.get(U16, IpvsLayout.SPARE) == 0;
        return isVersion1 ? entries(from, syncId) : refusal(syncId, IpvsRefusal.VERSION_0);
    }

    private static IpvsMessage refusal(int syncId, IpvsRefusal why) {
        return new IpvsMessage(syncId, List.of(), List.of(why));
    }

    private static IpvsMessage entries(MemorySegment from, int syncId) {
        var connections = new ArrayList<IpvsConnection>();
        var refused = new ArrayList<IpvsRefusal>();
        int count = Byte.toUnsignedInt(from.get(U8, IpvsLayout.ENTRIES));
        long at = IpvsLayout.HEADER;
        for (int i = 0; i < count; i++) {
            int size = size(from, at);
            var entry = size == 0 ? IpvsEntry.MALFORMED : IpvsEntry.decode(from.asSlice(at, size));
            switch (entry) {
                case IpvsEntry.Read(IpvsConnection connection) -> connections.add(connection);
                case IpvsEntry.Refused(IpvsRefusal why) -> refused.add(why);
            }
            if (entry.equals(IpvsEntry.MALFORMED)) {
                break;
            }
            at += size + 3 & ~3L;
        }
        return new IpvsMessage(syncId, connections, refused);
    }

    /// Of the entry at `at` with its parameters; 0 if it is none.
    private static int size(MemorySegment from, long at) {
        long room = from.byteSize() - at;
        if (room < IpvsLayout.LENGTH_V4) {
            return 0;
        }
        int versionAndSize = u16(from, at + IpvsLayout.VERSION_SIZE);
        int size = versionAndSize & IpvsLayout.SIZE_MASK;
        return versionAndSize >>> IpvsLayout.SIZE_BITS == 0 && size <= room ? size : 0;
    }

    private static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }
}
