package hadirector.fastpath;

import hadirector.ebpf.Attached;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Netlink;
import java.util.ArrayList;
import java.util.List;

/// The BPF programs on an interface that are not ours: Cilium's, a firewall's. They see its frames before or after us.
public final class ForeignPrograms {
    /// What the names of our own begin with.
    private static final String OURS = "hd_";

    private ForeignPrograms() {}

    /// By hook and name, `xdp cil_xdp_entry`; empty if there are none, or if the kernel does not let us ask.
    public static List<String> on(int ifindex, Netlink netlink) {
        var found = new ArrayList<String>();
        try {
            netlink.xdpPrograms(ifindex).forEach(id -> add(found, "xdp", Attached.named(id)));
            Attached.atTcxIngress(ifindex).forEach(program -> add(found, "tcx", program));
        } catch (ErrnoException _) {
            return found; // The interface has gone, or we lack the privilege.
        }
        return found;
    }

    private static void add(List<String> to, String hook, Attached program) {
        if (!program.name().startsWith(OURS)) {
            to.add(hook + " " + (program.name().isEmpty() ? "program " + program.id() : program.name()));
        }
    }
}
