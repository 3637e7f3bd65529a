package hadirector.fastpath;

import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.conn.KeyHash;
import hadirector.conn.NoListener;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.netlink.Link;
import hadirector.netlink.Netlink;

/// The fast path with a table of its own and one group, whose lease lasts.
public final class TestFastPath implements AutoCloseable {
    static final int GROUP = 0;
    private static final int CONNECTIONS = 100;
    private static final int SERVER = 1;
    private static final long SEED = 5;
    private static final long HOUR = 3_600_000_000_000L;

    public final SharedMaps maps;
    public final ConnectionTable table;
    public final FastPath path;

    public TestFastPath() {
        this(FastPath.Acceleration.OFF);
    }

    public TestFastPath(FastPath.Acceleration acceleration) {
        this(acceleration, Pins.none());
    }

    TestFastPath(FastPath.Acceleration acceleration, Pins pins) {
        maps = new SharedMaps(pins);
        var memory = new SharedTable(CONNECTIONS, pins);
        pins.seed(SEED);
        var hashing = new KeyHash(SEED);
        table = new ConnectionTable(CONNECTIONS, hashing, System.nanoTime(), new Groups(), new NoListener(), memory);
        path = FastPath.load(memory, maps, hashing, CONNECTIONS, acceleration, pins);
        maps.lease(GROUP, System.nanoTime() + HOUR);
    }

    /// To be called in the interface's network namespace.
    public void attach(int ifindex) {
        path.attach(link(ifindex));
    }

    static Link link(int ifindex) {
        try (var netlink = new Netlink()) {
            return netlink.links().stream()
                    .filter(link -> link.index() == ifindex)
                    .findFirst()
                    .orElseThrow();
        }
    }

    public void claim(String address) {
        claim(address, SharedMaps.FLOATING);
    }

    public void claim(String address, int what) {
        if (!maps.claim(IpAddress.of(address), GROUP | what)) {
            throw new AssertionError("no room for " + address);
        }
    }

    void release(String address) {
        maps.release(IpAddress.of(address));
    }

    /// A NAT connection that Java forwards.
    ///
    /// @return its slot
    int insert(int protocol, String client, int clientPort, String vip, int vipPort, String real, int realPort) {
        return table.insert(
                protocol,
                IpAddress.of(client).v4(),
                clientPort,
                IpAddress.of(vip).v4(),
                vipPort,
                IpAddress.of(real).v4(),
                realPort,
                ForwardingMethod.NAT.number(),
                ConnectionState.ESTABLISHED.number(),
                1,
                SERVER,
                GROUP,
                System.nanoTime() + HOUR,
                System.nanoTime());
    }

    @Override
    public void close() {
        path.close();
        table.close();
        maps.close();
    }
}
