package hadirector.fastpath;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import hadirector.ebpf.BpfMap;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/// The program that claims our packets at the interfaces' tcx ingress hook: ARP and IPv4 for claimed addresses, and TCP and UDP of
/// registered flows. It hides them from the host's stack and marks them for the packet sockets; everything else
/// passes untouched. Program, maps and links hang on this process: with it they go. For one thread, as its maps.
public final class ClaimProgram implements AutoCloseable {
    /// `skb->mark` of claimed packets ("hadi"): what the sockets' filter lets through.
    public static final int MARK = 0x68616469;

    private static final int ADDRESSES_MAX = 4096;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment address = arena.allocate(JAVA_INT);
    private final MemorySegment flags = arena.allocateFrom(JAVA_INT, 1);
    private final Map<Integer, IngressHook.Attachment> links = new HashMap<>();
    private final BpfMap addresses;
    private final BpfMap flows;
    private final BpfProgram program;
    private final IngressHook hook;

    private ClaimProgram(BpfMap addresses, BpfMap flows, BpfProgram program) {
        this.addresses = addresses;
        this.flows = flows;
        this.program = program;
        hook = IngressHook.of(program);
    }

    /// Loads it; nothing is claimed and no interface is touched yet.
    ///
    /// @param flowsMax how many flows can be registered at a time
    /// @throws ErrnoException if the kernel or the privileges do not suffice, see
    ///     [hadirector.ebpf.PacketEngineProbe]
    public static ClaimProgram load(int flowsMax) {
        var addresses = BpfMap.hash("hd_addresses", Integer.BYTES, Integer.BYTES, ADDRESSES_MAX);
        var flows = BpfMap.hash("hd_flows", FlowKey.LENGTH, Integer.BYTES, flowsMax);
        try {
            var code = ClaimCode.assemble(ByteOrder.nativeOrder(), addresses.fd(), flows.fd());
            return new ClaimProgram(addresses, flows, BpfProgram.loadClassifier("hd_claim", "Apache-2.0", code));
        } catch (RuntimeException e) {
            addresses.close();
            flows.close();
            throw e;
        }
    }

    /// Attaches it to an interface; once more does nothing.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public void attach(int ifindex) {
        links.computeIfAbsent(ifindex, i -> hook.attach(program, i));
    }

    /// Where it sits.
    public IngressHook hook() {
        return hook;
    }

    /// Detaches it, also from an interface that is gone.
    public void detach(int ifindex) {
        var link = links.remove(ifindex);
        if (link != null) {
            link.close();
        }
    }

    /// From now on packets and ARP for this address are ours, on every attached interface.
    ///
    /// @param ipv4 as a number (`10.0.0.1` is `0x0a000001`)
    /// @throws IllegalStateException beyond 4096 addresses
    public void claim(int ipv4) {
        address.set(U32, 0, ipv4);
        if (!addresses.update(address, flags)) {
            throw new IllegalStateException("more than " + ADDRESSES_MAX + " addresses claimed");
        }
    }

    /// Gives an address back to the host's stack; nothing happens if it was not claimed.
    public void release(int ipv4) {
        address.set(U32, 0, ipv4);
        addresses.delete(address);
    }

    /// Registers the flows of a batch, in its order; how many of them are in the map now: fewer than `batch.size()`
    /// if it is full or the kernel has no memory at the moment.
    public int addFlows(FlowBatch batch) {
        return batch.size() == 0 ? 0 : flows.updateBatch(batch.keys(), batch.values(), batch.size());
    }

    /// Removes the flows of a batch; those that are not registered are skipped.
    public void removeFlows(FlowBatch batch) {
        flows.deleteBatch(batch.keys(), batch.size());
    }

    /// Detaches everywhere and frees all; closing twice does nothing.
    @Override
    public void close() {
        links.values().forEach(IngressHook.Attachment::close);
        links.clear();
        program.close();
        flows.close();
        addresses.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
