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

    /// Of clsact. Late, so that the programs of others come first; "hd".
    private static final int PRIORITY = 0x6864;

    /// Where on an interface one of our programs belongs.
    enum Place {
        INGRESS(Clsact.Side.INGRESS, 0, "hd_ingress"),
        /// [TcEgressHook].
        EGRESS(Clsact.Side.EGRESS, 0, "hd_egress"),
        /// [SenderCode], only by tcx.
        SENDER(Clsact.Side.EGRESS, 1, "hd_sender");

        private final Clsact.Side side;
        private final int order;
        private final String program;

        Place(Clsact.Side side, int order, String program) {
            this.side = side;
            this.order = order;
            this.program = program;
        }

        /// What the program is called.
        String program() {
            return program;
        }

        private Clsact.Filter filter() {
            return new Clsact.Filter(PRIORITY + order, 1, program, 0);
        }
    }

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

    /// As [#attach] at ingress, where an earlier process of ours may have left its program.
    Attachment attachIngress(BpfProgram program, int ifindex, PinnedLinks links) {
        return switch (this) {
            case TCX -> {
                var _ = links.take(PinnedLinks.TCX, ifindex, program, () -> program.attachTcxIngress(ifindex));
                yield () -> links.close(PinnedLinks.TCX, ifindex);
            }
            case CLSACT -> attachFilter(program, ifindex, Place.INGRESS);
        };
    }

    /// Attaches a program, behind those of others, but [Place#SENDER] before them: what it takes is on no way of theirs. At clsact in place of one
    /// that an earlier process of ours left.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    Attachment attach(BpfProgram program, int ifindex, Place place) {
        return switch (this) {
            case TCX -> attachLink(program, ifindex, place)::close;
            case CLSACT -> attachFilter(program, ifindex, place);
        };
    }

    private static BpfLink attachLink(BpfProgram program, int ifindex, Place place) {
        return switch (place) {
            case INGRESS -> program.attachTcxIngress(ifindex);
            case EGRESS -> program.attachTcxEgress(ifindex);
            case SENDER -> program.attachTcxEgressFirst(ifindex);
        };
    }

    private static Attachment attachFilter(BpfProgram program, int ifindex, Place place) {
        var netlink = new Netlink(); // Kept, as it belongs to the network namespace of the interface.
        try {
            var clsact = new Clsact(netlink);
            boolean made = clsact.add(ifindex);
            clsact.replace(ifindex, place.side, place.filter(), program.fd());
            return () -> detachFilter(netlink, ifindex, place, made);
        } catch (ErrnoException e) {
            netlink.close();
            throw e;
        }
    }

    /// The qdisc goes too, if we made it and nobody else has put filters there since.
    private static void detachFilter(Netlink netlink, int ifindex, Place place, boolean qdiscToo) {
        try (netlink) {
            var clsact = new Clsact(netlink);
            clsact.delete(ifindex, place.side, place.filter());
            if (qdiscToo && !clsact.isUsed(ifindex)) {
                clsact.remove(ifindex);
            }
        } catch (ErrnoException _) {
            // The interface is gone, and the filter with it; or somebody removed it before us.
        }
    }
}
