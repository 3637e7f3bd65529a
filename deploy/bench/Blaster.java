import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Sends small UDP datagrams as fast as one processor can:
/// `java --enable-native-access=ALL-UNNAMED Blaster INTERFACE GATEWAY-MAC SOURCE TARGET PORT FLOWS SECONDS`.
/// Frames of 60 bytes with full checksums go from a packet socket past the queueing discipline (PACKET_QDISC_BYPASS),
/// 64 with each sendmmsg(2), from as many ports as FLOWS says; 40,000 of SOURCE, the next of the address after it. Prints `sending` when it begins and `sent=N refused=N` in the end.
void main(String[] args) throws Throwable {
    var device = NetworkInterface.getByName(args[0]);
    byte[] mac = device.getHardwareAddress();
    byte[] gateway = HexFormat.of().parseHex(args[1].replace(":", ""));
    byte[] source = InetAddress.getByName(args[2]).getAddress();
    byte[] target = InetAddress.getByName(args[3]).getAddress();
    int port = Integer.parseInt(args[4]);
    int flows = Integer.parseInt(args[5]);
    try (var arena = Arena.ofConfined()) {
        var socket = new PacketSocket(arena, device.getIndex());
        var batches = new MemorySegment[Math.ceilDiv(flows, BATCH)];
        for (int i = 0; i < batches.length; i++) {
            var frames = new byte[BATCH][];
            for (int j = 0; j < BATCH; j++) {
                int flow = (i * BATCH + j) % flows;
                var from = ByteBuffer.allocate(4).putInt(0, ByteBuffer.wrap(source).getInt() + flow / PORTS).array();
                frames[j] = UdpFrame.of(gateway, mac, from, target, 20_000 + flow % PORTS, port);
            }
            batches[i] = messages(arena, frames);
        }
        IO.println("sending");
        long end = System.nanoTime() + Long.parseLong(args[6]) * 1_000_000_000L;
        long sent = 0;
        long refused = 0;
        for (int i = 0; System.nanoTime() < end; i = (i + 1) % batches.length) {
            int n = socket.send(batches[i], BATCH);
            sent += Math.max(n, 0);
            refused += BATCH - Math.max(n, 0);
        }
        IO.println("sent=" + sent + " refused=" + refused);
    }
}

static final int BATCH = 64;
static final int PORTS = 40_000;

/// Structs `mmsghdr` (64 bytes each) with one `iovec` per frame.
static MemorySegment messages(Arena arena, byte[][] frames) {
    var messages = arena.allocate(frames.length * 64L, 8);
    var parts = arena.allocate(frames.length * 16L, 8);
    for (int i = 0; i < frames.length; i++) {
        var frame = arena.allocate(UdpFrame.LENGTH, 64).copyFrom(MemorySegment.ofArray(frames[i]));
        parts.set(ValueLayout.JAVA_LONG, i * 16L, frame.address());
        parts.set(ValueLayout.JAVA_LONG, i * 16L + 8, UdpFrame.LENGTH);
        messages.set(ValueLayout.JAVA_LONG, i * 64L + 16, parts.address() + i * 16L);
        messages.set(ValueLayout.JAVA_LONG, i * 64L + 24, 1);
    }
    return messages;
}

static final class PacketSocket {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout POINTER = ValueLayout.ADDRESS;
    private final MethodHandle sendmmsg = function("sendmmsg", INT, POINTER, INT, INT);
    private final int fd;

    PacketSocket(Arena arena, int ifindex) throws Throwable {
        fd = (int) function("socket", INT, INT, INT).invokeExact(17, 3, 0); // AF_PACKET, SOCK_RAW
        if (fd < 0) {
            throw new IllegalStateException("no packet socket; are you root?");
        }
        var one = arena.allocateFrom(INT, 1);
        int bypass = (int) function("setsockopt", INT, INT, INT, POINTER, INT).invokeExact(fd, 263, 20, one, 4);
        var address = arena.allocate(20, 4); // struct sockaddr_ll
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 17);
        address.set(INT, 4, ifindex);
        int bound = (int) function("bind", INT, POINTER, INT).invokeExact(fd, address, 20);
        if (bypass < 0 || bound < 0) {
            throw new IllegalStateException("the packet socket cannot be set up");
        }
    }

    int send(MemorySegment messages, int count) throws Throwable {
        return (int) sendmmsg.invokeExact(fd, messages, count, 0);
    }

    private static MethodHandle function(String name, ValueLayout... arguments) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, arguments));
    }
}
