package hadirector.fastpath;

import hadirector.conn.KeyHash;
import hadirector.ebpf.BpfProgram;
import hadirector.fastpath.ClassifierHook.Place;
import hadirector.linux.ErrnoException;
import hadirector.linux.Outlet;
import hadirector.netlink.Link;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The program at the interfaces' ingress: it forwards the plain packets of known connections by itself, and of the rest hides from the
/// host's stack what is ours, marked for the packet sockets; everything else passes untouched. It reads [SharedTable] and [SharedMaps]
/// and decides nothing: what Java writes there holds from the next packet on. While some realserver is this host there is one at the egress too,
/// see [#local]; one at the loopback device's lets out what Java sends, see [#outlet]. For one thread.
public final class FastPath implements AutoCloseable {
    /// `skb->mark` of frames that are the engine's alone; they have the packet type OTHERHOST.
    public static final int MARK = TcHook.MARK;

    /// `skb->mark` of frames that the host gets as well.
    public static final int MARK_COPY = TcHook.MARK_COPY;

    /// `skb->mark` of frames that the engine gives to the host's own stack.
    public static final int MARK_HOST = TcHook.MARK_HOST;

    /// Upper half of the marks of what engines send.
    private static final int MARK_SENT = 0x68640000;

    private static final int MARKS = 1 << 15;

    /// Index of the loopback device in every network namespace (Linux 2.6.24).
    public static final int LOOPBACK = 1;

    /// Whether XDP programs stand before the classifier.
    public enum Acceleration {
        /// Where the interface is a device with a driver of its own.
        AUTO,
        /// On every interface that can.
        XDP,
        OFF
    }

    private final ClassifierHook hook;
    private final HookedProgram ingress;
    private final HookedProgram sender;
    private final Outlet outlet;
    private final Accelerator accelerator;
    private final ProgramLoader loader;
    private final PinnedLinks links;
    private @Nullable HookedProgram egress;

    private FastPath(
            ProgramLoader loader, BpfProgram ingress, BpfProgram sender, Outlet outlet, Acceleration acceleration, PinnedLinks links) {
        this.loader = loader;
        this.outlet = outlet;
        this.links = links;
        hook = ClassifierHook.of(ingress);
        this.ingress = new HookedProgram(ingress, ifindex -> hook.attachIngress(ingress, ifindex, links));
        this.sender = hooked(sender, Place.SENDER);
        accelerator = new Accelerator(acceleration, loader::xdp, links);
    }

    private HookedProgram hooked(BpfProgram program, Place place) {
        return new HookedProgram(program, ifindex -> hook.attach(program, ifindex, place));
    }

    /// Loads the programs; no interface is touched yet.
    ///
    /// @param hashing of the connection table
    /// @param connectionsMax of the connection table
    /// @param pins where links are pinned, and taken over from a dead process
    /// @throws ErrnoException if the kernel or the privileges do not suffice, see [hadirector.ebpf.PacketEngineProbe]
    public static FastPath load(
            SharedTable table, SharedMaps maps, KeyHash hashing, int connectionsMax, Acceleration acceleration, Pins pins) {
        var loader = new ProgramLoader(table, maps, hashing, connectionsMax);
        var ingress = loader.ingress();
        try {
            int mark = MARK_SENT | ThreadLocalRandom.current().nextInt(MARKS) << 1; // An engine's own, as there may be several in a network namespace.
            var outlet = new Outlet(LOOPBACK, mark, mark + 1);
            return new FastPath(loader, ingress, loader.sender(outlet), outlet, acceleration, new PinnedLinks(pins));
        } catch (RuntimeException e) {
            ingress.close();
            throw e;
        }
    }

    /// Through what Java sends, so that it leaves only while the process has its lease. To be called in the interfaces' network namespace, while the
    /// loopback device is up.
    ///
    /// @return null without tcx
    /// @throws ErrnoException if the kernel refuses
    public @Nullable Outlet outlet() {
        if (hook != ClassifierHook.TCX) {
            return null;
        }
        sender.attach(outlet.ifindex());
        return outlet;
    }

    /// Attaches it to an interface, and XDP before it if that may be. Again: only what has changed, that is, the MAC.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public void attach(Link link) {
        try {
            ingress.attach(link.index());
            if (egress != null) {
                egress.attach(link.index());
            }
        } catch (RuntimeException e) {
            detach(link.index());
            throw e;
        }
        accelerator.attach(link);
    }

    /// Says whether some realserver is this host: then what the host sends is looked at as well, on all interfaces that are attached now or
    /// later. Loading that takes the kernel some milliseconds. After an error it may be called again.
    ///
    /// @throws ErrnoException if the kernel refuses
    public void local(boolean wanted) {
        links.pinned(!wanted);
        if (!wanted) {
            closeEgress();
            return;
        }
        if (egress == null) {
            egress = hooked(loader.egress(), Place.EGRESS);
        }
        ingress.interfaces().forEach(egress::attach);
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
        ingress.detach(ifindex);
    }

    /// Detaches everywhere and frees the program; table and maps stay.
    @Override
    public void close() {
        accelerator.close();
        closeEgress();
        sender.close();
        ingress.close();
    }
}
