package hadirector.sync.ipvs;

import static hadirector.sync.ipvs.IpvsLayout.U16;
import static hadirector.sync.ipvs.IpvsLayout.U32;
import static hadirector.sync.ipvs.IpvsLayout.U64;
import static hadirector.sync.ipvs.IpvsLayout.U8;

import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import java.lang.foreign.MemorySegment;

/// One entry of a message, to and from its bytes.
sealed interface IpvsEntry {
    record Read(IpvsConnection connection) implements IpvsEntry {}

    record Refused(IpvsRefusal why) implements IpvsEntry {}

    /// Its bytes make no sense, so what comes behind it cannot be trusted either.
    IpvsEntry MALFORMED = new Refused(IpvsRefusal.FORMAT);

    /// @param from exactly the entry with its parameters
    static IpvsEntry decode(MemorySegment from) {
        if (from.byteSize() < IpvsLayout.LENGTH_V4) {
            return MALFORMED;
        }
        int type = u8(from, 0);
        boolean v6 = (type & IpvsLayout.TYPE_V6) != 0;
        int length = v6 ? IpvsLayout.LENGTH_V6 : IpvsLayout.LENGTH_V4;
        if ((!v6 && type != 0) || from.byteSize() < length) {
            return MALFORMED;
        }
        var parameters = IpvsParameters.decode(from.asSlice(length));
        return parameters.refusal().isPresent()
                ? new Refused(parameters.refusal().get())
                : new Read(connection(from, v6, parameters.translated()));
    }

    private static IpvsConnection connection(MemorySegment from, boolean v6, boolean translated) {
        return new IpvsConnection(
                u8(from, IpvsLayout.PROTOCOL),
                new Endpoint(address(from, v6, 0), u16(from, IpvsLayout.CLIENT_PORT)),
                new Endpoint(address(from, v6, 1), u16(from, IpvsLayout.VIRTUAL_PORT)),
                new Endpoint(address(from, v6, 2), u16(from, IpvsLayout.REAL_PORT)),
                from.get(U32, IpvsLayout.FLAGS) & IpvsConnection.FLAGS,
                u16(from, IpvsLayout.STATE),
                from.get(U32, IpvsLayout.FWMARK),
                (int) Math.min(Integer.toUnsignedLong(from.get(U32, IpvsLayout.TIMEOUT)), Integer.MAX_VALUE),
                translated);
    }

    /// How many bytes [#encode] writes.
    static int length(IpvsConnection connection) {
        return connection.isV4() ? IpvsLayout.LENGTH_V4 : IpvsLayout.LENGTH_V6;
    }

    /// Writes it without parameters; its addresses are of one family.
    static void encode(IpvsConnection connection, MemorySegment to, long at) {
        boolean v6 = !connection.isV4();
        to.set(U8, at, (byte) (v6 ? IpvsLayout.TYPE_V6 : 0));
        to.set(U8, at + IpvsLayout.PROTOCOL, (byte) connection.protocol());
        to.set(U16, at + IpvsLayout.VERSION_SIZE, (short) length(connection));
        to.set(U32, at + IpvsLayout.FLAGS, connection.flags());
        to.set(U16, at + IpvsLayout.STATE, (short) connection.state());
        to.set(U16, at + IpvsLayout.CLIENT_PORT, (short) connection.client().port());
        to.set(U16, at + IpvsLayout.VIRTUAL_PORT, (short) connection.virtual().port());
        to.set(U16, at + IpvsLayout.REAL_PORT, (short) connection.real().port());
        to.set(U32, at + IpvsLayout.FWMARK, connection.fwmark());
        to.set(U32, at + IpvsLayout.TIMEOUT, connection.timeoutSeconds());
        put(connection.client().address(), to, at, v6, 0);
        put(connection.virtual().address(), to, at, v6, 1);
        put(connection.real().address(), to, at, v6, 2);
    }

    private static IpAddress address(MemorySegment from, boolean v6, int number) {
        long at = IpvsLayout.ADDRESSES + number * (v6 ? 16L : 4L);
        return v6 ? new IpAddress(from.get(U64, at), from.get(U64, at + 8)) : IpAddress.v4(from.get(U32, at));
    }

    private static void put(IpAddress address, MemorySegment to, long entry, boolean v6, int number) {
        long at = entry + IpvsLayout.ADDRESSES + number * (v6 ? 16L : 4L);
        if (v6) {
            to.set(U64, at, address.high());
            to.set(U64, at + 8, address.low());
        } else {
            to.set(U32, at, address.v4());
        }
    }

    private static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(U8, at));
    }

    private static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }
}
