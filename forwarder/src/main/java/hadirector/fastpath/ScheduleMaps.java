package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.conn.FlowRecord;
import hadirector.ebpf.BpfMap;
import hadirector.ebpf.RingBuffer;
import hadirector.model.Endpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What the programs need to schedule by themselves, and what they made of it ([MadeFlow]). Owner thread.
public final class ScheduleMaps implements AutoCloseable {
    /// Cells of a table of choices: those of the Maglev table, the largest.
    public static final int CELLS_MAX = 65_537;

    private static final int ELEMENTS = (CELLS_MAX + MadeFlow.CELLS_IN_ELEMENT - 1) / MadeFlow.CELLS_IN_ELEMENT;

    /// Flows that the kernel has made and Java has not taken over. 16 MB.
    private static final int MADE_MAX = 1 << 16;

    /// Byte of a number that no realserver has.
    private static final byte NO_SERVER = (byte) 0xff;

    private static final int ADDRESS_LENGTH = 16;
    private static final int INTERFACES_MAX = 1_024;
    private static final int RING_BYTES = 1 << 22;

    private final BpfMap template = choices();
    private final BpfMap choices = BpfMap.arrayOfMaps("hd_choices", template, ServiceMaps.SERVICES_MAX);
    private final BpfMap templates =
            BpfMap.mappedArray("hd_templates", MadeFlow.TEMPLATE_LENGTH, SharedMaps.SERVERS_MAX);
    private final BpfMap made = BpfMap.lruHash("hd_made", MadeFlow.KEY_LENGTH, MadeFlow.VALUE_LENGTH, MADE_MAX);
    private final BpfMap vips = BpfMap.hash("hd_vips", EndpointKey.LENGTH, EndpointKey.LENGTH, SharedMaps.SERVERS_MAX);
    private final BpfMap mtus = BpfMap.hash("hd_mtus", Integer.BYTES, Integer.BYTES, INTERFACES_MAX);
    private final RingBuffer told = new RingBuffer("hd_told", RING_BYTES);
    private final MemorySegment rip = Arena.ofAuto().allocate(EndpointKey.LENGTH, Long.BYTES);
    private final MemorySegment vip = Arena.ofAuto().allocate(EndpointKey.LENGTH, Long.BYTES);
    private final Map<Integer, char[]> known = new HashMap<>();

    private static BpfMap choices() {
        return BpfMap.mappedArray("hd_choice", Long.BYTES, ELEMENTS);
    }

    /// Gives a service its table: numbers of realservers by the client's hash, scaled to the length of `cells`; what lies behind them is
    /// nobody's, as the service's length changes later. Takes some milliseconds, as the kernel waits until nobody reads the old one; nothing
    /// happens if it is the same.
    public void choices(int service, char[] cells) {
        if (Arrays.equals(known.get(service), cells)) {
            return;
        }
        try (var table = choices()) {
            table.memory().fill(NO_SERVER);
            MemorySegment.copy(cells, 0, table.memory(), JAVA_CHAR, 0, cells.length);
            choices.put(service, table);
        }
        known.put(service, cells.clone());
    }

    /// Templates by the numbers of the realservers, [MadeFlow#TEMPLATE_LENGTH] bytes each.
    public MemorySegment templates() {
        return templates.memory();
    }

    /// Gives a realserver's number other records. A program that takes them at this moment sees by the version that it may not use them.
    ///
    /// @param records [MadeFlow#TEMPLATE_LENGTH] bytes, of which those from [MadeFlow#RECORD_0] on count
    public void template(int server, MemorySegment records) {
        var memory = templates.memory();
        long at = (long) server * MadeFlow.TEMPLATE_LENGTH;
        int version = memory.get(JAVA_INT, at + MadeFlow.VERSION);
        memory.set(JAVA_INT, at + MadeFlow.VERSION, version + 1);
        VarHandle.storeStoreFence();
        MemorySegment.copy(records, MadeFlow.RECORD_0, memory, at + MadeFlow.RECORD_0, 2L * FlowRecord.LENGTH);
        VarHandle.storeStoreFence();
        memory.set(JAVA_INT, at + MadeFlow.VERSION, version + 2);
    }

    /// Reads what the programs tell.
    public int read(RingBuffer.Reader reader, int most) {
        return told.read(reader, most);
    }

    /// Ready to be read when there is something.
    public int toldFd() {
        return told.fd();
    }

    /// Whether the kernel has made this flow.
    ///
    /// @param key [MadeFlow#KEY_LENGTH] bytes
    /// @param value room for what is known of it
    public boolean find(MemorySegment key, MemorySegment value) {
        return made.lookup(key, value);
    }

    /// Forgets flows that Java has taken over, or that must not go on.
    ///
    /// @param keys packed
    public void forget(MemorySegment keys, int count) {
        made.deleteBatch(keys, count);
    }

    /// What an IP packet may have at most to go out by this interface, to clients that came by it; of others nothing is known.
    public void mtu(int ifindex, int bytes) {
        try (var call = Arena.ofConfined()) {
            mtus.update(call.allocateFrom(JAVA_INT, ifindex), call.allocateFrom(JAVA_INT, bytes));
        }
    }

    /// What the answers of a NAT realserver come from; false if there is no room.
    public boolean answersFrom(int protocol, Endpoint realServer, Endpoint as) {
        write(rip, protocol, realServer);
        write(vip, protocol, as);
        return vips.update(rip, vip);
    }

    /// Answers of this realserver are no more than any packets.
    public void forgetAnswers(int protocol, Endpoint realServer) {
        write(rip, protocol, realServer);
        vips.delete(rip);
    }

    private static void write(MemorySegment key, int protocol, Endpoint endpoint) {
        EndpointKey.write(key, protocol, endpoint.address().high(), endpoint.address().low(), endpoint.port());
    }

    /// Makes the key of the flow in which this packet would be an answer.
    ///
    /// @param key of the packet; its source becomes the client, its destination the VIP
    /// @return false if its source is no NAT realserver's
    public boolean turn(MemorySegment key) {
        MemorySegment.copy(key, MadeFlow.SOURCE, rip, 0, ADDRESS_LENGTH);
        MemorySegment.copy(key, MadeFlow.SOURCE_PORT, rip, EndpointKey.PORT, Short.BYTES);
        rip.set(JAVA_BYTE, EndpointKey.PROTOCOL, (byte) key.get(JAVA_INT, MadeFlow.PROTOCOL));
        rip.set(JAVA_BYTE, EndpointKey.PROTOCOL + 1, (byte) 0);
        if (!vips.lookup(rip, vip)) {
            return false;
        }
        MemorySegment.copy(key, MadeFlow.DESTINATION, key, MadeFlow.SOURCE, ADDRESS_LENGTH);
        MemorySegment.copy(key, MadeFlow.DESTINATION_PORT, key, MadeFlow.SOURCE_PORT, Short.BYTES);
        MemorySegment.copy(vip, 0, key, MadeFlow.DESTINATION, ADDRESS_LENGTH);
        MemorySegment.copy(vip, EndpointKey.PORT, key, MadeFlow.DESTINATION_PORT, Short.BYTES);
        return true;
    }

    int mtusFd() {
        return mtus.fd();
    }

    int choicesFd() {
        return choices.fd();
    }

    int templatesFd() {
        return templates.fd();
    }

    int vipsFd() {
        return vips.fd();
    }

    int madeFd() {
        return made.fd();
    }

    @Override
    public void close() {
        template.close();
        choices.close();
        templates.close();
        made.close();
        vips.close();
        mtus.close();
        told.close();
    }
}
