package hadirector.fastpath;

import hadirector.ebpf.BpfLink;
import hadirector.ebpf.BpfProgram;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// The links of our programs at ingress, pinned under the interface, so that they carry a killed process's connections for the rest
/// of its lease and no frame meets the host's stack or two of our programs when the next one takes them over.
///
/// Not while some realserver is this host: after its lease a program drops what it knows for a minute, which would keep from that realserver what the next
/// holder sends it. For one thread.
final class PinnedLinks {
    static final String TCX = "tcx";
    static final String XDP = "xdp";

    private final Pins pins;
    private final Map<String, BpfLink> links = new HashMap<>();
    private boolean wanted = true;

    PinnedLinks(Pins pins) {
        this.pins = pins;
    }

    /// Whether a file is one of a link.
    static boolean isLink(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(TCX) || name.startsWith(XDP);
    }

    private static String name(String hook, int ifindex) {
        return hook + "-" + ifindex;
    }

    /// A program's link at an interface: the one that a dead process left there, or a new one.
    BpfLink take(String hook, int ifindex, BpfProgram program, Supplier<BpfLink> attach) {
        String name = name(hook, ifindex);
        var link = pins.adopt(name, program).orElseGet(attach);
        links.put(name, link);
        if (wanted) {
            pins.pin(name, link);
        }
        pins.discard(name);
        return link;
    }

    /// Takes the pin away and closes the link.
    void close(String hook, int ifindex) {
        String name = name(hook, ifindex);
        pins.unpin(name);
        var link = links.remove(name);
        if (link != null) {
            link.close();
        }
    }

    boolean isLeft(String hook, int ifindex) {
        return pins.isLeft(name(hook, ifindex));
    }

    /// Ends what a dead process left at an interface and was not taken over.
    void discard(String hook, int ifindex) {
        pins.discard(name(hook, ifindex));
    }

    /// Pins all links, those to come as well, or takes the pins away.
    void pinned(boolean now) {
        if (now != wanted) {
            wanted = now;
            links.forEach((name, link) -> {
                if (now) {
                    pins.pin(name, link);
                } else {
                    pins.unpin(name);
                }
            });
        }
    }
}
