package hadirector.fastpath;

import hadirector.conn.KeyHash;
import hadirector.conn.TableLayout;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/// The program at the interfaces' ingress: it forwards the plain packets of known connections by itself, and of the rest hides from the
/// host's stack what is ours, marked for the packet sockets; everything else passes untouched. It reads [SharedTable] and [SharedMaps]
/// and decides nothing: what Java writes there holds from the next packet on. For one thread.
public final class FastPath implements AutoCloseable {
    /// `skb->mark` of frames that are the engine's alone; they have the packet type OTHERHOST.
    public static final int MARK = TcHook.MARK;

    /// `skb->mark` of frames that the host gets as well.
    public static final int MARK_COPY = TcHook.MARK_COPY;

    private static final String LICENSE = "Apache-2.0";

    private final Map<Integer, IngressHook.Attachment> attachments = new HashMap<>();
    private final BpfProgram program;
    private final IngressHook hook;

    private FastPath(BpfProgram program) {
        this.program = program;
        hook = IngressHook.of(program);
    }

    /// Loads it; no interface is touched yet.
    ///
    /// @param hashing of the connection table
    /// @param connectionsMax of the connection table
    /// @throws ErrnoException if the kernel or the privileges do not suffice, see [hadirector.ebpf.PacketEngineProbe]
    public static FastPath load(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        return new FastPath(loadTc(table, maps, hashing, connectionsMax));
    }

    static BpfProgram loadTc(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        return BpfProgram.loadClassifier(
                "hd_ingress", LICENSE, code(new TcHook(), table, maps, hashing, connectionsMax));
    }

    static BpfProgram loadXdp(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax, long mac) {
        return BpfProgram.loadXdp("hd_xdp", LICENSE, code(new XdpHook(mac), table, maps, hashing, connectionsMax));
    }

    private static byte[] code(Hook hook, SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        return ProgramCode.assemble(
                ByteOrder.nativeOrder(), hook, MapFds.of(table, maps), hashing, TableLayout.homes(connectionsMax));
    }

    /// Attaches it to an interface; once more does nothing.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public void attach(int ifindex) {
        attachments.computeIfAbsent(ifindex, i -> hook.attach(program, i));
    }

    /// Where it sits.
    public IngressHook hook() {
        return hook;
    }

    /// Detaches it, also from an interface that is gone.
    public void detach(int ifindex) {
        var attachment = attachments.remove(ifindex);
        if (attachment != null) {
            attachment.close();
        }
    }

    /// Detaches everywhere and frees the program; table and maps stay.
    @Override
    public void close() {
        attachments.values().forEach(IngressHook.Attachment::close);
        attachments.clear();
        program.close();
    }
}
