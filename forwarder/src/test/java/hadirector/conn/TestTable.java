package hadirector.conn;

import hadirector.model.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/// A table with keys that collide often, and what a listener counted.
final class TestTable implements ConnectionListener, AutoCloseable {
    static final long SECOND = 1_000_000_000L;
    static final int GROUP_ID = GroupId.of("web");

    record FlowKey(int protocol, IpAddress client, int clientPort, IpAddress virtual, int virtualPort) {}

    record ReplyKey(int protocol, IpAddress real, int realPort, IpAddress client, int clientPort) {}

    record Connection(FlowKey key, IpAddress real, int realPort, int method) {
        ReplyKey reply() {
            return new ReplyKey(key.protocol(), real, realPort, key.client(), key.clientPort());
        }
    }

    final Groups groups = new Groups();
    final Map<Integer, Integer> statesBySlot = new HashMap<>();
    final ConnectionTable table;
    final SharedReader reader;

    TestTable(int connectionsMax, long seed, long now) {
        var hashing = new KeyHash(seed);
        reader = new SharedReader(connectionsMax, hashing);
        table = new ConnectionTable(connectionsMax, hashing, now, groups, this, reader);
    }

    static Connection connection(Random r) {
        boolean v6 = r.nextInt(4) == 0;
        int protocol = r.nextBoolean() ? 6 : 17;
        var key = new FlowKey(
                protocol,
                address(r, v6, 1, 5),
                40_000 + r.nextInt(20),
                address(r, v6, 2, 2),
                r.nextBoolean() ? 80 : 65_535);
        return new Connection(key, address(r, v6, 3, 4), 80 + r.nextInt(2), r.nextInt(3) == 0 ? 3 : 0);
    }

    private static IpAddress address(Random r, boolean v6, int net, int hosts) {
        int host = r.nextInt(hosts);
        return v6 ? new IpAddress(0x20010db8_00000000L + net, host) : IpAddress.v4((10 << 24) + (net << 8) + host);
    }

    static int someState(Random r, Connection c) {
        return c.key().protocol() == 17 ? ConnectionState.UDP.number() : r.nextInt(ConnectionState.UDP.number());
    }

    int insert(Connection c, int state, int group, long deadline, long now) {
        return insert(table, c, state, group, deadline, now);
    }

    static int insert(ConnectionTable table, Connection c, int state, int group, long deadline, long now) {
        var key = c.key();
        if (key.client().isV4()) {
            return table.insert(
                    key.protocol(),
                    key.client().v4(),
                    key.clientPort(),
                    key.virtual().v4(),
                    key.virtualPort(),
                    c.real().v4(),
                    c.realPort(),
                    c.method(),
                    state,
                    7,
                    c.real().v4() & 3,
                    group,
                    deadline,
                    now);
        }
        return table.insert(
                key.protocol(),
                key.client().high(),
                key.client().low(),
                key.clientPort(),
                key.virtual().high(),
                key.virtual().low(),
                key.virtualPort(),
                c.real().high(),
                c.real().low(),
                c.realPort(),
                c.method(),
                state,
                7,
                ConnectionTable.NO_SERVER,
                group,
                deadline,
                now);
    }

    int find(FlowKey key) {
        if (key.client().isV4()) {
            int flow = table.find(
                    key.protocol(), key.client().v4(), key.clientPort(), key.virtual().v4(), key.virtualPort());
            return ConnectionTable.direction(flow) == 0 ? ConnectionTable.slot(flow) : ConnectionTable.NONE;
        }
        return table.findForward(
                key.protocol(),
                key.client().high(),
                key.client().low(),
                key.clientPort(),
                key.virtual().high(),
                key.virtual().low(),
                key.virtualPort());
    }

    int findReply(ReplyKey key) {
        return table.findReply(
                key.protocol(),
                key.real().high(),
                key.real().low(),
                key.realPort(),
                key.client().high(),
                key.client().low(),
                key.clientPort());
    }

    @Override
    public void added(int slot) {
        if (statesBySlot.put(slot, table.state(slot)) != null) {
            throw new AssertionError("slot " + slot + " added twice");
        }
    }

    @Override
    public void stateChanged(int slot, int before) {
        if (!statesBySlot.replace(slot, before, table.state(slot))) {
            throw new AssertionError("slot " + slot + " was not in state " + before);
        }
    }

    @Override
    public void removed(int slot) {
        if (!statesBySlot.remove(slot, table.state(slot))) {
            throw new AssertionError("slot " + slot + " removed that was not there");
        }
    }

    @Override
    public void close() {
        table.close();
    }
}
