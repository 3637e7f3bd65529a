package hadirector.conn;

import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// All connections of an engine, off heap: one owner thread, no allocation in what packets need. A connection is known by its
/// slot until it is removed; then the slot rests for [#QUARANTINE_NANOS], and its generation goes up.
///
/// Addresses are two longs, IPv4-mapped for IPv4; methods with `int` addresses are shorthands for IPv4. Ports and other
/// small numbers are unsigned ints. A state is [ConnectionState#number()], a method [ForwardingMethod#number()].
public final class ConnectionTable implements AutoCloseable {
    /// No such connection.
    public static final int NONE = -1;

    /// Of [#insert]: there are as many connections as fit, or too many with similar hashes, or there is no memory for more now.
    public static final int FULL = -2;

    /// Of [#insert]: there is one of this client to this VIP.
    public static final int EXISTS = -3;

    /// Of [#insert]: packets of one direction could not be told from another connection's; as when another NAT connection has the same
    /// client at the same realserver.
    public static final int REPLY_TAKEN = -4;

    /// [#server] of a connection whose realserver is not configured (any more).
    public static final int NO_SERVER = 0xffff;

    /// For so long nobody gets a slot that was freed: a processor may still run the fast path with it.
    public static final long QUARANTINE_NANOS = 100_000_000;

    /// A turn of the owner thread that takes longer says too little of when in it a slot was freed.
    private static final long TURN_NANOS = QUARANTINE_NANOS / 2;

    private static final long MAPPED = 0xffff_0000_0000L;
    private static final int NAT = ForwardingMethod.NAT.number();
    private static final int LIVE = 1;
    private static final int DIRTY = 2;
    private static final int PRIVATE = 4;
    private static final int HELD = 8;

    private final int max;
    private final int slotsMax;
    private final Entries entries;
    private final KeyIndex index;
    private final ExpiryWheel wheel;
    private final SlotQueue free;
    private final SlotQueue dirty;
    private final Groups groups;
    private final ConnectionListener listener;
    private final Shards shards;
    private IntPredicate isPrivate = _ -> false;
    private boolean recording;
    private long turnAt;
    private long longTurn;
    private long longTurnEnd;
    private int used;
    private int size;
    private int endedDirty;

    /// A table in memory of this process alone.
    ///
    /// @param connectionsMax that fit
    /// @param seed of the hash, secret
    public ConnectionTable(int connectionsMax, long seed, long now, Groups groups, ConnectionListener listener) {
        this(connectionsMax, new KeyHash(seed), now, groups, listener, TableMemory.ofArena());
    }

    /// @param connectionsMax that fit
    /// @param memory for what others read along; closed with the table
    public ConnectionTable(
            int connectionsMax,
            KeyHash hashing,
            long now,
            Groups groups,
            ConnectionListener listener,
            TableMemory memory) {
        if (connectionsMax < 1 || connectionsMax > 1 << 28) {
            throw new IllegalArgumentException("connectionsMax " + connectionsMax);
        }
        max = connectionsMax;
        slotsMax = TableLayout.slots(connectionsMax);
        entries = new Entries(connectionsMax, memory);
        index = new KeyIndex(entries, connectionsMax, hashing, memory);
        wheel = new ExpiryWheel(entries, now);
        free = new SlotQueue(entries, Entries.NEXT);
        dirty = new SlotQueue(entries, Entries.DIRTY_NEXT);
        this.groups = groups;
        this.listener = listener;
        shards = new Shards(this, entries);
        turnAt = now;
        longTurn = now;
        longTurnEnd = now;
    }

    /// To be called when the owner thread begins a turn, whose `now` is the time of all that is done in it. What was freed in a long one (a
    /// collection, a halted machine) may have been freed at its end, and rests from there.
    public void turn(long now) {
        if (now - turnAt > TURN_NANOS) {
            longTurn = turnAt;
            longTurnEnd = now;
        }
        turnAt = now;
    }

    /// What a packet belongs to, as `2 * slot + direction`: direction 0 is client to VIP, 1 is realserver to client (NAT only). See
    /// [#slot(int)] and [#direction(int)].
    ///
    /// @return [#NONE] if there is no such connection
    public int find(
            int protocol,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long destinationHigh,
            long destinationLow,
            int destinationPort) {
        return index.find(
                protocol, sourceHigh, sourceLow, sourcePort, destinationHigh, destinationLow, destinationPort);
    }

    /// IPv4; see the long form.
    public int find(int protocol, int source, int sourcePort, int destination, int destinationPort) {
        return find(protocol, 0, mapped(source), sourcePort, 0, mapped(destination), destinationPort);
    }

    /// As [#find] returns it.
    public static int flow(int slot, int direction) {
        return slot << 1 | direction;
    }

    /// Of what [#find] returned; of [#NONE] it is [#NONE].
    public static int slot(int flow) {
        return flow >> 1;
    }

    /// Of what [#find] returned: which of the slot's records is the packet's.
    public static int direction(int flow) {
        return flow & 1;
    }

    /// The slot of the connection from client to VIP, or [#NONE].
    public int findForward(
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long virtualHigh,
            long virtualLow,
            int virtualPort) {
        int flow = find(protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow, virtualPort);
        return direction(flow) == KeyIndex.FORWARD ? slot(flow) : NONE;
    }

    /// The slot of the NAT connection that a packet from realserver to client belongs to, or [#NONE].
    public int findReply(
            int protocol, long realHigh, long realLow, int realPort, long clientHigh, long clientLow, int clientPort) {
        int flow = find(protocol, realHigh, realLow, realPort, clientHigh, clientLow, clientPort);
        return direction(flow) == KeyIndex.REPLY ? slot(flow) : NONE;
    }

    /// IPv4; see the long form.
    public int insert(
            int protocol,
            int client,
            int clientPort,
            int virtual,
            int virtualPort,
            int real,
            int realPort,
            int method,
            int state,
            int service,
            int server,
            int group,
            long deadline,
            long now) {
        return insert(
                protocol,
                0,
                mapped(client),
                clientPort,
                0,
                mapped(virtual),
                virtualPort,
                0,
                mapped(real),
                realPort,
                method,
                state,
                service,
                server,
                group,
                deadline,
                now);
    }

    /// Puts a new connection; its flow records are zero but for group and server.
    ///
    /// @param service number of the engine's, kept for it (16 bits)
    /// @param server number of the engine's, or [#NO_SERVER]
    /// @param group index in the table's [Groups]
    /// @return its slot, or [#FULL], [#EXISTS], [#REPLY_TAKEN]
    public int insert(
            int protocol,
            long clientHigh,
            long clientLow,
            int clientPort,
            long virtualHigh,
            long virtualLow,
            int virtualPort,
            long realHigh,
            long realLow,
            int realPort,
            int method,
            int state,
            int service,
            int server,
            int group,
            long deadline,
            long now) {
        int same = find(protocol, clientHigh, clientLow, clientPort, virtualHigh, virtualLow, virtualPort);
        if (same != NONE) {
            return direction(same) == KeyIndex.FORWARD ? EXISTS : REPLY_TAKEN;
        }
        boolean sameTuple = clientLow == realLow && clientHigh == realHigh && clientPort == realPort
                && clientLow == virtualLow && clientHigh == virtualHigh && clientPort == virtualPort;
        boolean taken = method == NAT
                && (sameTuple || find(protocol, realHigh, realLow, realPort, clientHigh, clientLow, clientPort) != NONE);
        if (taken) {
            return REPLY_TAKEN;
        }
        int slot = size == max ? NONE : allocate(now);
        if (slot == NONE) {
            return FULL;
        }
        entries.wireAddress(slot, EntryLayout.CLIENT, clientHigh, clientLow);
        entries.wireAddress(slot, EntryLayout.VIRTUAL, virtualHigh, virtualLow);
        entries.wireAddress(slot, EntryLayout.REAL, realHigh, realLow);
        entries.wireShort(slot, EntryLayout.CLIENT_PORT, clientPort);
        entries.wireShort(slot, EntryLayout.VIRTUAL_PORT, virtualPort);
        entries.wireShort(slot, EntryLayout.REAL_PORT, realPort);
        entries.putByte(slot, EntryLayout.PROTOCOL, protocol);
        entries.putByte(slot, EntryLayout.STATE, state);
        entries.wireShort(slot, EntryLayout.FLAGS, method);
        entries.putShort(slot, Entries.SERVICE, service);
        entries.putShort(slot, Entries.SERVER, server);
        entries.putShort(slot, Entries.GROUP, group);
        groups.use(group, 1);
        entries.putLong(slot, Entries.DEADLINE, deadline);
        entries.clearRecords(slot);
        entries.putInt(slot, Entries.STAMP, 0);
        if (!index(slot, method)) {
            release(slot, now);
            return FULL;
        }
        enter(slot, deadline);
        return slot;
    }

    private boolean index(int slot, int method) {
        if (!index.add(KeyIndex.FORWARD, slot)) {
            return false;
        }
        if (method == NAT && !index.add(KeyIndex.REPLY, slot)) {
            index.remove(KeyIndex.FORWARD, slot);
            return false;
        }
        return true;
    }

    private void enter(int slot, long deadline) {
        groups.enter(group(slot), slot);
        boolean kept = groups.held(group(slot)) && isPrivate.test(service(slot));
        entries.putByte(slot, Entries.MARKS, kept ? LIVE | PRIVATE : LIVE);
        wheel.file(slot, deadline);
        size++;
        changed(slot);
        count(slot, 1);
        listener.added(slot);
    }

    private int allocate(long now) {
        int rested = free.peek();
        if (rested != NONE && now - freedAt(rested) >= QUARANTINE_NANOS) {
            return free.take();
        }
        return used < slotsMax && entries.reach(used) ? used++ : NONE;
    }

    private long freedAt(int slot) {
        long at = entries.getLong(slot, Entries.DEADLINE);
        return at - longTurn >= 0 && at - longTurnEnd < 0 ? longTurnEnd : at;
    }

    /// Takes a connection out. If others have to be told, its slot is freed after that.
    public void remove(int slot, long now) {
        listener.removed(slot);
        count(slot, -1);
        index.remove(KeyIndex.FORWARD, slot);
        if (method(slot) == NAT) {
            index.remove(KeyIndex.REPLY, slot);
        }
        wheel.remove(slot);
        size--;
        changed(slot);
        entries.putByte(slot, Entries.MARKS, marks(slot) & ~LIVE);
        if ((marks(slot) & DIRTY) == 0) {
            release(slot, now);
        } else {
            endedDirty++;
        }
    }

    private void release(int slot, long now) {
        groups.use(group(slot), -1);
        entries.putShort(slot, Entries.GENERATION, generation(slot) + 1);
        entries.putLong(slot, Entries.DEADLINE, now);
        free.add(slot);
    }

    /// Sets the state; a packet that changes nothing costs nothing.
    public void state(int slot, int state) {
        int before = state(slot);
        if (state != before) {
            count(slot, -1);
            entries.putByte(slot, EntryLayout.STATE, state);
            count(slot, 1);
            changed(slot);
            listener.stateChanged(slot, before);
        }
    }

    /// Sets when the connection ends if nothing comes; for every packet.
    public void deadline(int slot, long deadline) {
        entries.putLong(slot, Entries.DEADLINE, deadline);
        wheel.moved(slot, deadline);
    }

    /// Ends connections whose time is up, but not those of groups that another director may hold.
    ///
    /// @param limit connections to look at in this call
    /// @return connections looked at; `limit` if there may be more
    public int expire(long now, int limit, Expiry expiry) {
        int seen = 0;
        while (seen < limit) {
            int slot = wheel.poll(now);
            if (slot == NONE) {
                break;
            }
            seen++;
            if (groups.expiring(group(slot))) {
                expire(slot, now, expiry);
            } else {
                wheel.file(slot, now + expiry.timeoutNanos(slot));
            }
        }
        return seen;
    }

    private void expire(int slot, long now, Expiry expiry) {
        long deadline = deadline(slot);
        long sinceOpened = groups.openedAt(group(slot)) + expiry.timeoutNanos(slot);
        if (groups.held(group(slot)) && sinceOpened - deadline > 0) {
            deadline = sinceOpened;
        }
        if (deadline - now <= 0) {
            deadline = expiry.lastChance(slot, now);
        }
        if (deadline - now <= 0) {
            expiry.expired(slot);
            remove(slot, now);
        } else {
            entries.putLong(slot, Entries.DEADLINE, deadline);
            wheel.file(slot, deadline);
        }
    }

    public int size() {
        return size;
    }

    public int connectionsMax() {
        return max;
    }

    /// Slots from 0 up to this one, exclusive, are or were in use; for walks together with [#live].
    public int slotsUsed() {
        return used;
    }

    /// Whether there is a connection at `slot`, below [#slotsUsed].
    public boolean live(int slot) {
        return (marks(slot) & LIVE) != 0;
    }

    public int protocol(int slot) {
        return entries.getByte(slot, EntryLayout.PROTOCOL);
    }

    public int state(int slot) {
        return entries.getByte(slot, EntryLayout.STATE);
    }

    public int method(int slot) {
        return entries.wireShort(slot, EntryLayout.FLAGS) & EntryLayout.METHOD_MASK;
    }

    public int service(int slot) {
        return entries.getShort(slot, Entries.SERVICE);
    }

    public int server(int slot) {
        return entries.getShort(slot, Entries.SERVER);
    }

    /// Gives the connection to another number of the same realserver, after a change of the configuration.
    public void server(int slot, int server) {
        entries.putShort(slot, Entries.SERVER, server);
        entries.putInRecords(slot, FlowRecord.SERVER, server);
    }

    public int group(int slot) {
        return entries.getShort(slot, Entries.GROUP);
    }

    /// Gives the connection to another group, after a change of the configuration.
    public void group(int slot, int group) {
        count(slot, -1);
        groups.use(group(slot), -1);
        groups.use(group, 1);
        entries.putShort(slot, Entries.GROUP, group);
        entries.putInRecords(slot, FlowRecord.GROUP, group);
        count(slot, 1);
        changed(slot);
    }

    /// How often the slot has been freed, 16 bits: a number that was noted beside a slot tells whether it is still
    /// the same connection.
    public int generation(int slot) {
        return entries.getShort(slot, Entries.GENERATION);
    }

    /// The secret hash of the connection's packets as clients send them: the same for all of them, and only for them.
    public int flowHash(int slot) {
        return index.hash(KeyIndex.FORWARD, slot);
    }

    public long deadline(int slot) {
        return entries.getLong(slot, Entries.DEADLINE);
    }

    /// Half of an address: [EntryLayout#CLIENT], [EntryLayout#VIRTUAL] or [EntryLayout#REAL].
    public long addressHigh(int slot, long field) {
        return entries.wireLong(slot, field);
    }

    public long addressLow(int slot, long field) {
        return entries.wireLong(slot, field + Long.BYTES);
    }

    /// An IPv4 address by the same fields.
    public int addressV4(int slot, long field) {
        return (int) addressLow(slot, field);
    }

    /// [EntryLayout#CLIENT_PORT], [EntryLayout#VIRTUAL_PORT] or [EntryLayout#REAL_PORT].
    public int port(int slot, long field) {
        return entries.wireShort(slot, field);
    }

    /// Memory that holds the slot's two [FlowRecord]s, from [#recordAt] on.
    public MemorySegment records(int slot) {
        return entries.slots(slot);
    }

    /// @param direction 0 client to realserver, 1 realserver to client
    public long recordAt(int slot, int direction) {
        return Entries.recordAt(slot, direction);
    }

    /// The connection as a value.
    public ConnectionEntry entry(int slot, long now) {
        return new ConnectionEntry(
                protocol(slot) == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP,
                endpoint(slot, EntryLayout.CLIENT, EntryLayout.CLIENT_PORT),
                endpoint(slot, EntryLayout.VIRTUAL, EntryLayout.VIRTUAL_PORT),
                endpoint(slot, EntryLayout.REAL, EntryLayout.REAL_PORT),
                EntryCodec.method(method(slot)),
                ConnectionState.of(state(slot)),
                EntryCodec.secondsUntil(deadline(slot), now));
    }

    private Endpoint endpoint(int slot, long address, long port) {
        return new Endpoint(new IpAddress(addressHigh(slot, address), addressLow(slot, address)), port(slot, port));
    }

    /// The connections in the slots from `from` up to `to`, exclusive, as values.
    public List<ConnectionEntry> entries(int from, int to, long now) {
        var found = new ArrayList<ConnectionEntry>();
        for (int slot = from; slot < Math.min(to, used); slot++) {
            if (live(slot)) {
                found.add(entry(slot, now));
            }
        }
        return found;
    }

    /// Connections of `services`, asked with their numbers when a connection begins, are told to no other director.
    public void keep(IntPredicate services) {
        isPrivate = services;
    }

    /// Marks that packets of the connection wait somewhere, for the engine.
    public void hold(int slot, boolean waits) {
        entries.putByte(slot, Entries.MARKS, waits ? marks(slot) | HELD : marks(slot) & ~HELD);
    }

    public boolean isHeld(int slot) {
        return (marks(slot) & HELD) != 0;
    }

    /// Whether there is a connection at `slot` that other directors have as well.
    boolean isShared(int slot) {
        return (marks(slot) & (LIVE | PRIVATE)) == LIVE;
    }

    Shards shards() {
        return shards;
    }

    Groups groups() {
        return groups;
    }

    /// Whether changes are noted for replication. What is noted already stays.
    void recording(boolean on) {
        recording = on;
    }

    /// Connections that changed or ended, oldest first, each once.
    SlotQueue dirty() {
        return dirty;
    }

    /// Takes the first of [#dirty]; if its connection has ended, its slot is freed.
    void takeDirty(long now) {
        int slot = dirty.take();
        entries.putByte(slot, Entries.MARKS, marks(slot) & ~DIRTY);
        if (!live(slot)) {
            endedDirty--;
            release(slot, now);
        }
    }

    /// Whether so many connections of [#dirty] have ended that new ones may soon find no slot.
    boolean crowded() {
        return endedDirty > (slotsMax - max) / 2;
    }

    /// The last time that a snapshot named the connection; see [SnapshotReceiver].
    int stamp(int slot) {
        return entries.getInt(slot, Entries.STAMP);
    }

    void stamp(int slot, int stamp) {
        entries.putInt(slot, Entries.STAMP, stamp);
    }

    /// Writes the connection, also one that has ended but is not yet freed, as [EntryLayout].
    void encode(int slot, long now, MemorySegment to, long at) {
        EntryCodec.encode(entries.slots(slot), Entries.slotAt(slot), EntryCodec.secondsUntil(deadline(slot), now), to, at);
    }

    private void count(int slot, int change) {
        if (isShared(slot)) {
            shards.count(slot, change);
        }
    }

    private void changed(int slot) {
        if (recording && (marks(slot) & (DIRTY | PRIVATE)) == 0 && groups.decides(group(slot))) {
            entries.putByte(slot, Entries.MARKS, marks(slot) | DIRTY);
            dirty.add(slot);
        }
    }

    private int marks(int slot) {
        return entries.getByte(slot, Entries.MARKS);
    }

    private static long mapped(int v4) {
        return MAPPED | Integer.toUnsignedLong(v4);
    }

    @Override
    public void close() {
        entries.close();
    }
}
