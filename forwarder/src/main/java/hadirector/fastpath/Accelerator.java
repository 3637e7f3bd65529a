package hadirector.fastpath;

import hadirector.ebpf.Attached;
import hadirector.ebpf.BpfProgram;
import hadirector.ebpf.VerifierException;
import hadirector.ebpf.XdpMode;
import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Link;
import hadirector.netlink.Netlink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/// XDP programs in front of the classifier, in the drivers that can: an option that may be missing on any interface, with the reason kept for
/// the operator. Each is loaded for the MAC of its interface. For one thread.
final class Accelerator implements AutoCloseable {
    /// @param why it is not attached; empty: it is
    private record Place(long mac, String why) {}

    private final FastPath.Acceleration policy;
    private final LongFunction<BpfProgram> loader;
    private final PinnedLinks links;
    private final Map<Integer, Place> places = new HashMap<>();

    /// @param loader of a program for the MAC of an interface
    Accelerator(FastPath.Acceleration policy, LongFunction<BpfProgram> loader, PinnedLinks links) {
        this.policy = policy;
        this.loader = loader;
        this.links = links;
    }

    /// Tries it at an interface; again only if its MAC has changed. Never throws: without it all goes on.
    void attach(Link link) {
        var before = places.get(link.index());
        if (before == null || before.mac != link.mac()) {
            detach(link.index());
            places.put(link.index(), place(link));
        }
    }

    private Place place(Link link) {
        String against = policy == FastPath.Acceleration.OFF ? "accelerate = off" : against(link);
        String why = against.isEmpty() ? load(link) : against;
        if (!why.isEmpty()) {
            links.discard(PinnedLinks.XDP, link.index());
        }
        return new Place(link.mac(), why);
    }

    /// What speaks against it, empty if nothing does.
    private String against(Link link) {
        try (var netlink = new Netlink()) {
            String kind = netlink.kind(link.index());
            if (policy == FastPath.Acceleration.AUTO && !kind.isEmpty()) {
                return "a " + kind + " has no driver that would gain by it";
            }
            var others = netlink.xdpPrograms(link.index());
            return others.isEmpty() || links.isLeft(PinnedLinks.XDP, link.index()) ? "" : "the program %s is there".formatted(name(others.getFirst()));
        } catch (ErrnoException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String name(int id) {
        String name = Attached.named(id).name();
        return name.isEmpty() ? Integer.toString(id) : name;
    }

    /// @return what was against it
    private String load(Link link) {
        try (var program = loader.apply(link.mac())) { // Attached, it lives on.
            var _ = links.take(PinnedLinks.XDP, link.index(), program, () -> program.attachXdp(link.index(), XdpMode.NATIVE));
            return "";
        } catch (ErrnoException e) {
            return reason(e);
        } catch (VerifierException e) {
            return "this kernel is too old for the program (5.18): " + e.getMessage();
        }
    }

    private static String reason(ErrnoException e) {
        return switch (e.errno()) {
            case Errno.EOPNOTSUPP -> "its driver has no XDP";
            case Errno.ERANGE -> "its MTU is too large for XDP";
            case Errno.EBUSY, Errno.EEXIST -> "another program is there";
            default -> String.valueOf(e.getMessage());
        };
    }

    void detach(int ifindex) {
        var place = places.remove(ifindex);
        if (place != null && place.why.isEmpty()) {
            links.close(PinnedLinks.XDP, ifindex);
        }
    }

    /// Whether it sits at this interface. Frames of other such interfaces may then leave by it.
    boolean isAt(int ifindex) {
        var place = places.get(ifindex);
        return place != null && place.why.isEmpty();
    }

    /// Why it does not sit at this interface.
    String why(int ifindex) {
        var place = places.get(ifindex);
        return place == null ? "not attached" : place.why;
    }

    @Override
    public void close() {
        List.copyOf(places.keySet()).forEach(this::detach);
    }
}
