package hadirector.conn;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// Connections to the bytes of [EntryLayout] and back.
public final class EntryCodec {
    /// Bytes in the payload of [Change#SNAPSHOT_END] and of [Change#DIGEST].
    public static final int END_LENGTH = 16;

    private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int SECONDS_MAX = 0xffff;
    private static final long RESERVED = 60;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private EntryCodec() {}

    /// Why the 64 bytes at `at` are not an entry that this director can use; empty if they are.
    public static Optional<String> problem(MemorySegment from, long at) {
        if (at < 0 || from.byteSize() - at < EntryLayout.LENGTH) {
            return Optional.of("entry of " + (from.byteSize() - at) + " bytes");
        }
        int protocol = u8(from, at + EntryLayout.PROTOCOL);
        boolean udp = protocol == Protocol.UDP.number();
        if (!udp && protocol != Protocol.TCP.number()) {
            return Optional.of("entry of protocol " + protocol);
        }
        int state = u8(from, at + EntryLayout.STATE);
        if (state >= ConnectionState.count() || udp != (ConnectionState.of(state) == ConnectionState.UDP)) {
            return Optional.of("entry of protocol " + protocol + " in state " + state);
        }
        int method = u16(from, at + EntryLayout.FLAGS) & EntryLayout.METHOD_MASK;
        if (method != ForwardingMethod.NAT.number()
                && method != ForwardingMethod.TUNNEL.number()
                && method != ForwardingMethod.DIRECT_ROUTING.number()) {
            return Optional.of("entry of forwarding method " + method);
        }
        if (address(from, at + EntryLayout.CLIENT).isV4() != address(from, at + EntryLayout.VIRTUAL).isV4()) {
            return Optional.of("entry with client and VIP of different families");
        }
        return Optional.empty();
    }

    /// @throws MalformedEntryException as [#problem] says
    public static ConnectionEntry decode(MemorySegment from, long at) throws MalformedEntryException {
        var problem = problem(from, at);
        if (problem.isPresent()) {
            throw new MalformedEntryException(problem.get());
        }
        return new ConnectionEntry(
                u8(from, at + EntryLayout.PROTOCOL) == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP,
                endpoint(from, at, EntryLayout.CLIENT, EntryLayout.CLIENT_PORT),
                endpoint(from, at, EntryLayout.VIRTUAL, EntryLayout.VIRTUAL_PORT),
                endpoint(from, at, EntryLayout.REAL, EntryLayout.REAL_PORT),
                method(u16(from, at + EntryLayout.FLAGS) & EntryLayout.METHOD_MASK),
                ConnectionState.of(u8(from, at + EntryLayout.STATE)),
                u16(from, at + EntryLayout.TIMEOUT));
    }

    /// The VIP of an entry that has no [#problem].
    public static IpAddress virtual(MemorySegment from, long at) {
        return address(from, at + EntryLayout.VIRTUAL);
    }

    public static void encode(ConnectionEntry entry, MemorySegment to, long at) {
        put(to, at + EntryLayout.CLIENT, entry.client().address());
        put(to, at + EntryLayout.VIRTUAL, entry.virtual().address());
        put(to, at + EntryLayout.REAL, entry.real().address());
        to.set(U16, at + EntryLayout.CLIENT_PORT, (short) entry.client().port());
        to.set(U16, at + EntryLayout.VIRTUAL_PORT, (short) entry.virtual().port());
        to.set(U16, at + EntryLayout.REAL_PORT, (short) entry.real().port());
        to.set(U8, at + EntryLayout.PROTOCOL, (byte) entry.protocol().number());
        to.set(U8, at + EntryLayout.STATE, (byte) entry.state().number());
        to.set(U16, at + EntryLayout.FLAGS, (short) entry.method().number());
        finish(entry.expiresSeconds(), to, at);
    }

    /// The same from a slot of a table, whose entry begins with the same bytes.
    static void encode(MemorySegment from, long slotAt, int seconds, MemorySegment to, long at) {
        MemorySegment.copy(from, slotAt, to, at, Entries.WIRE_LENGTH);
        finish(seconds, to, at);
    }

    private static void finish(int seconds, MemorySegment to, long at) {
        to.set(U16, at + EntryLayout.TIMEOUT, (short) Math.min(seconds, SECONDS_MAX));
        to.set(U32, at + RESERVED, 0);
    }

    /// What the digest of a snapshot or shard is the sum of: a hash of the entry without its timeout, the same on every machine.
    public static long digest(MemorySegment entry, long at) {
        long hash = u16(entry, at + EntryLayout.FLAGS);
        for (long word = 0; word < EntryLayout.FLAGS; word += Long.BYTES) {
            hash = (hash ^ entry.get(U64, at + word)) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /// Writes the payload of [Change#SNAPSHOT_END].
    public static void encodeEnd(int entries, long digest, MemorySegment to, long at) {
        encodeEnd(entries, 0, digest, to, at);
    }

    /// Writes the payload of [Change#DIGEST] and its like.
    static void encodeEnd(int entries, int shard, long digest, MemorySegment to, long at) {
        to.set(U32, at, entries);
        to.set(U32, at + 4, shard);
        to.set(U64, at + 8, digest);
    }

    public static int endEntries(MemorySegment end, long at) {
        return end.get(U32, at);
    }

    static int endShard(MemorySegment end, long at) {
        return end.get(U32, at + 4);
    }

    public static long endDigest(MemorySegment end, long at) {
        return end.get(U64, at + 8);
    }

    static int secondsUntil(long deadline, long now) {
        return Math.clamp((deadline - now) / NANOS_PER_SECOND, 0, Integer.MAX_VALUE);
    }

    static ForwardingMethod method(int number) {
        for (var method : ForwardingMethod.values()) {
            if (method.number() == number) {
                return method;
            }
        }
        throw new IllegalArgumentException("forwarding method " + number);
    }

    static boolean nat(MemorySegment entry, long at) {
        return (u16(entry, at + EntryLayout.FLAGS) & EntryLayout.METHOD_MASK) == ForwardingMethod.NAT.number();
    }

    static long u64(MemorySegment from, long at) {
        return from.get(U64, at);
    }

    static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(U16, at));
    }

    static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(U8, at));
    }

    private static IpAddress address(MemorySegment from, long at) {
        return new IpAddress(from.get(U64, at), from.get(U64, at + Long.BYTES));
    }

    private static Endpoint endpoint(MemorySegment from, long at, long address, long port) {
        return new Endpoint(address(from, at + address), u16(from, at + port));
    }

    private static void put(MemorySegment to, long at, IpAddress address) {
        to.set(U64, at, address.high());
        to.set(U64, at + Long.BYTES, address.low());
    }
}
