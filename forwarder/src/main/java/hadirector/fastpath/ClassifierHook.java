package hadirector.fastpath;

import hadirector.ebpf.BpfLink;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Clsact;
import hadirector.netlink.Netlink;

/// Where a classifier sits at an interface, for frames that come in or that leave. Its return codes mean the same at both: -1 goes on, 2 drops, 7 redirects.
public enum ClassifierHook {
    /// A tcx link (Linux 6.6): gone with the process.
    TCX,
    /// A filter of the clsact qdisc. It outlives a killed process, and its maps with it: the program must be harmless by itself
    /// once the deadlines in `hd_groups` are over. The next start puts its own program in its place.
    CLSACT;

    /// Hidden: `-Dhadirector.ingress=clsact` has a kernel with tcx use clsact, to try it.
    public static final String FORCED_BY = "hadirector.ingress";

    /// Late, so that the programs of others come first; "hd".
    private static final Clsact.Filter INGRESS = new Clsact.Filter(0x6864, 1, "hd_ingress", 0);

    private static final Clsact.Filter EGRESS = new Clsact.Filter(0x6864, 1, "hd_egress", 0);

    /// What the running kernel has; asked with a program that is loaded, on an interface that cannot exist.
    static ClassifierHook of(BpfProgram program) {
        if ("clsact".equals(System.getProperty(FORCED_BY))) {
            return CLSACT;
        }
        try (var _ = program.attachTcxIngress(Integer.MAX_VALUE)) {
            return TCX;
        } catch (ErrnoException e) {
            return e.errno() == Errno.EINVAL ? CLSACT : TCX; // ENODEV: it knows the hook, but no such interface.
        }
    }

    /// A program's place at an interface.
    interface Attachment extends AutoCloseable {
        /// Detaches; nothing happens if the interface is gone.
        @Override
        void close();
    }

    /// Attaches a program, behind those of others; at clsact in place of one that an earlier process of ours left.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    Attachment attach(BpfProgram program, int ifindex, Clsact.Side side) {
        return switch (this) {
            case TCX -> attachLink(program, ifindex, side)::close;
            case CLSACT -> attachFilter(program, ifindex, side);
        };
    }

    private static BpfLink attachLink(BpfProgram program, int ifindex, Clsact.Side side) {
        return switch (side) {
            case INGRESS -> program.attachTcxIngress(ifindex);
            case EGRESS -> program.attachTcxEgress(ifindex);
        };
    }

    private static Clsact.Filter ours(Clsact.Side side) {
        return switch (side) {
            case INGRESS -> INGRESS;
            case EGRESS -> EGRESS;
        };
    }

    private static Attachment attachFilter(BpfProgram program, int ifindex, Clsact.Side side) {
        var netlink = new Netlink(); // Kept, as it belongs to the network namespace of the interface.
        try {
            var clsact = new Clsact(netlink);
            boolean made = clsact.add(ifindex);
            clsact.replace(ifindex, side, ours(side), program.fd());
            return () -> detachFilter(netlink, ifindex, side, made);
        } catch (ErrnoException e) {
            netlink.close();
            throw e;
        }
    }

    /// The qdisc goes too, if we made it and nobody else has put filters there since.
    private static void detachFilter(Netlink netlink, int ifindex, Clsact.Side side, boolean qdiscToo) {
        try (netlink) {
            var clsact = new Clsact(netlink);
            clsact.delete(ifindex, side, ours(side));
            if (qdiscToo && !clsact.isUsed(ifindex)) {
                clsact.remove(ifindex);
            }
        } catch (ErrnoException _) {
            // The interface is gone, and the filter with it; or somebody removed it before us.
        }
    }
}
