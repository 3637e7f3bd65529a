package hadirector.fastpath;

import hadirector.conn.KeyHash;
import hadirector.conn.TableLayout;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Clsact;
import hadirector.netlink.Link;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The program at the interfaces' ingress: it forwards the plain packets of known connections by itself, and of the rest hides from the
/// host's stack what is ours, marked for the packet sockets; everything else passes untouched. It reads [SharedTable] and [SharedMaps]
/// and decides nothing: what Java writes there holds from the next packet on. While some realserver is this host there is one at the egress
/// too, see [#local]. For one thread.
public final class FastPath implements AutoCloseable {
    /// `skb->mark` of frames that are the engine's alone; they have the packet type OTHERHOST.
    public static final int MARK = TcHook.MARK;

    /// `skb->mark` of frames that the host gets as well.
    public static final int MARK_COPY = TcHook.MARK_COPY;

    /// `skb->mark` of frames that the engine gives to the host's own stack.
    public static final int MARK_HOST = TcHook.MARK_HOST;

    private static final String LICENSE = "Apache-2.0";
    private static final String NAME = "hd_ingress";

    /// Whether XDP programs stand before the classifier.
    public enum Acceleration {
        /// Where the interface is a device with a driver of its own.
        AUTO,
        /// On every interface that can.
        XDP,
        OFF
    }

    private final Map<Integer, ClassifierHook.Attachment> attachments = new HashMap<>();
    private final BpfProgram program;
    private final ClassifierHook hook;
    private final Accelerator accelerator;
    private final Supplier<BpfProgram> egressLoader;
    private @Nullable EgressPath egress;

    private FastPath(BpfProgram program, Accelerator accelerator, Supplier<BpfProgram> egressLoader) {
        this.program = program;
        this.accelerator = accelerator;
        this.egressLoader = egressLoader;
        hook = ClassifierHook.of(program);
    }

    /// Loads it; no interface is touched yet.
    ///
    /// @param hashing of the connection table
    /// @param connectionsMax of the connection table
    /// @throws ErrnoException if the kernel or the privileges do not suffice, see [hadirector.ebpf.PacketEngineProbe]
    public static FastPath load(
            SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax, Acceleration acceleration) {
        var accelerator =
                new Accelerator(acceleration, mac -> loadXdp(table, maps, hashing, connectionsMax, mac));
        return new FastPath(
                loadTc(table, maps, hashing, connectionsMax),
                accelerator,
                () -> loadEgress(table, maps, hashing, connectionsMax));
    }

    static BpfProgram loadTc(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        return BpfProgram.loadClassifier(NAME, LICENSE, code(new TcHook(), table, maps, hashing, connectionsMax));
    }

    static BpfProgram loadEgress(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        var code = code(new TcEgressHook(), table, maps, hashing, connectionsMax);
        return BpfProgram.loadClassifier("hd_egress", LICENSE, code);
    }

    static BpfProgram loadXdp(SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax, long mac) {
        return BpfProgram.loadXdp("hd_xdp", LICENSE, code(new XdpHook(mac), table, maps, hashing, connectionsMax));
    }

    private static byte[] code(Hook hook, SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax) {
        return ProgramCode.assemble(
                ByteOrder.nativeOrder(), hook, MapFds.of(table, maps), hashing, TableLayout.homes(connectionsMax));
    }

    /// Attaches it to an interface, and XDP before it if that may be. Again: only what has changed, that is, the MAC.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public void attach(Link link) {
        attachments.computeIfAbsent(link.index(), i -> hook.attach(program, i, Clsact.Side.INGRESS));
        accelerator.attach(link);
        if (egress != null) {
            egress.attach(link.index());
        }
    }

    /// Says whether some realserver is this host: then what the host sends is looked at as well, on all interfaces that are attached now or
    /// later. Loading that takes the kernel some milliseconds. After an error it may be called again.
    ///
    /// @throws ErrnoException if the kernel refuses
    public void local(boolean wanted) {
        if (!wanted) {
            closeEgress();
            return;
        }
        if (egress == null) {
            egress = new EgressPath(hook, egressLoader.get());
        }
        attachments.keySet().forEach(egress::attach);
    }

    private void closeEgress() {
        if (egress != null) {
            egress.close();
            egress = null;
        }
    }

    /// Where the classifier sits.
    public ClassifierHook hook() {
        return hook;
    }

    /// Whether XDP sits at an interface. Only then may frames leave by it that were taken by XDP elsewhere: not every driver can send them.
    public boolean isAccelerated(int ifindex) {
        return accelerator.isAt(ifindex);
    }

    /// How an interface is served, for the operator: `tcx + XDP`, `tcx, no XDP: its driver has none`.
    public String describe(int ifindex) {
        String where = hook.name().toLowerCase(Locale.ROOT);
        return where + (egress == null ? "" : " both ways") + (accelerator.isAt(ifindex) ? " + XDP" : ", no XDP: " + accelerator.why(ifindex));
    }

    /// Detaches it, also from an interface that is gone.
    public void detach(int ifindex) {
        accelerator.detach(ifindex);
        if (egress != null) {
            egress.detach(ifindex);
        }
        var attachment = attachments.remove(ifindex);
        if (attachment != null) {
            attachment.close();
        }
    }

    /// Detaches everywhere and frees the program; table and maps stay.
    @Override
    public void close() {
        accelerator.close();
        closeEgress();
        attachments.values().forEach(ClassifierHook.Attachment::close);
        attachments.clear();
        program.close();
    }
}
