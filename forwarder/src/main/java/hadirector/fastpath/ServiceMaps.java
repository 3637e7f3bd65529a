package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hadirector.ebpf.BpfMap;
import hadirector.model.AccessList;
import hadirector.model.Prefix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What Java tells the programs of single services: access lists, and how many packets without a connection may come to Java
/// ([ServiceEntry]). A service that is not here is let through to Java as it is. Owner thread.
public final class ServiceMaps implements AutoCloseable {
    /// As many as have numbers.
    public static final int SERVICES_MAX = 8_192;

    /// Prefixes of all access lists together.
    public static final int PREFIXES_MAX = 65_536;

    /// How long a source that has proven its address is believed.
    static final long PROVEN_NANOS = TimeUnit.MINUTES.toNanos(2);

    static final int PROVEN_MAX = 65_536;
    static final int ACL_KEY_LENGTH = 24;
    static final int ACL_KEY_ID = 4;
    static final int ACL_KEY_ADDRESS = 8;
    /// Bit of the id in keys of IPv4 prefixes: `::/0` says nothing of IPv4.
    static final int V4 = 1;

    static final int DENY = 0;
    static final int ALLOW = 1;
    private static final int ADDRESS_LENGTH = 16;
    private static final int MAPPED_BITS = 96;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment key = arena.allocate(EndpointKey.LENGTH, Long.BYTES);
    private final MemorySegment prefix = arena.allocate(ACL_KEY_LENGTH, Long.BYTES);
    private final MemorySegment value = arena.allocate(JAVA_INT);
    private final BpfMap services = BpfMap.hash("hd_services", EndpointKey.LENGTH, Integer.BYTES, SERVICES_MAX);
    private final BpfMap entries = BpfMap.mappedArray("hd_service", ServiceEntry.LENGTH, SERVICES_MAX);
    private final BpfMap acls = BpfMap.lpmTrie("hd_acl", ACL_KEY_LENGTH, Integer.BYTES, PREFIXES_MAX);
    private final BpfMap proven = BpfMap.lruHash("hd_proven", ADDRESS_LENGTH, Long.BYTES, PROVEN_MAX);
    private final SynCookie cookie;
    private final Map<Integer, AccessList> aclOf = new HashMap<>();
    private int lastAcl;

    /// @throws hadirector.linux.ErrnoException if the kernel refuses: privileges, memory
    public ServiceMaps() {
        var random = new SecureRandom();
        cookie = new SynCookie(random.nextLong(), random.nextLong());
    }

    /// Makes a service known under its number; false if there is no room. Its entry should be right before.
    public boolean put(int protocol, long vipHigh, long vipLow, int port, int service) {
        EndpointKey.write(key, protocol, vipHigh, vipLow, port);
        value.set(JAVA_INT, 0, service);
        return services.update(key, value);
    }

    /// The programs do not know it any more.
    public void remove(int protocol, long vipHigh, long vipLow, int port) {
        EndpointKey.write(key, protocol, vipHigh, vipLow, port);
        services.delete(key);
    }

    /// Gives a service a new access list, which holds from one packet to the next; false if there is no room for it, then
    /// the old one stays.
    public boolean acl(int service, AccessList list) {
        int before = u32(service, ServiceEntry.ACL);
        var old = aclOf.get(before);
        if (list.equals(old) || (before == 0 && list.isOpen())) {
            return true;
        }
        int id = list.isOpen() ? 0 : nextAcl();
        if (!(add(id, list.allow(), ALLOW) && add(id, list.deny(), DENY))) {
            forget(id, list);
            return false;
        }
        flag(service, ServiceEntry.OTHERS_IN, list.letsOthersIn());
        u32(service, ServiceEntry.ACL, id);
        if (id != 0) {
            aclOf.put(id, list);
        }
        if (old != null) {
            forget(before, old);
            aclOf.remove(before);
        }
        return true;
    }

    /// Sets how often a bucket lets a packet through.
    ///
    /// @param bucket [ServiceEntry#SYNS] and so on
    /// @param intervalNanos 0: every packet
    public void interval(int service, int bucket, long intervalNanos) {
        entries.memory().set(JAVA_LONG, at(service) + bucket + ServiceEntry.INTERVAL, intervalNanos);
    }

    public void flag(int service, int flag, boolean on) {
        int flags = u32(service, ServiceEntry.FLAGS);
        u32(service, ServiceEntry.FLAGS, on ? flags | flag : flags & ~flag);
    }

    /// Cells of the service's table of choices.
    public void cells(int service, int cells) {
        u32(service, ServiceEntry.CELLS, cells);
    }

    /// For a number that is given anew.
    public void clear(int service) {
        acl(service, AccessList.OPEN);
        entries.memory().asSlice(at(service), ServiceEntry.LENGTH).fill((byte) 0);
    }

    SynCookie cookie() {
        return cookie;
    }

    int servicesFd() {
        return services.fd();
    }

    int entriesFd() {
        return entries.fd();
    }

    int aclsFd() {
        return acls.fd();
    }

    int provenFd() {
        return proven.fd();
    }

    @Override
    public void close() {
        services.close();
        entries.close();
        acls.close();
        proven.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private int nextAcl() {
        lastAcl += V4 + 1;
        return lastAcl;
    }

    private boolean add(int id, List<Prefix> prefixes, int what) {
        value.set(JAVA_INT, 0, what);
        for (var each : prefixes) {
            setPrefix(id, each);
            if (!acls.update(prefix, value)) {
                return false;
            }
        }
        return true;
    }

    private void forget(int id, AccessList list) {
        for (var prefixes : List.of(list.allow(), list.deny())) {
            for (var each : prefixes) {
                setPrefix(id, each);
                acls.delete(prefix);
            }
        }
    }

    private void setPrefix(int id, Prefix of) {
        int bits = of.length() + (of.address().isV4() ? MAPPED_BITS : 0);
        prefix.set(JAVA_INT, 0, ACL_KEY_ID * Byte.SIZE + bits);
        prefix.set(JAVA_INT, ACL_KEY_ID, of.address().isV4() ? id | V4 : id);
        prefix.set(U64, ACL_KEY_ADDRESS, of.address().high());
        prefix.set(U64, ACL_KEY_ADDRESS + Long.BYTES, of.address().low());
    }

    private int u32(int service, int field) {
        return entries.memory().get(JAVA_INT, at(service) + field);
    }

    private void u32(int service, int field, int number) {
        entries.memory().set(JAVA_INT, at(service) + field, number);
    }

    private static long at(int service) {
        return (long) service * ServiceEntry.LENGTH;
    }
}
