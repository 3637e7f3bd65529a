package hadirector.netlink;

import static hadirector.netlink.Rtnetlink.*;

import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// BPF classifiers at the ingress and egress of an interface by the clsact qdisc (cls_bpf in direct-action mode; Linux 4.5), for
/// kernels without tcx. Unlike a tcx link, a filter outlives the process that made it.
public final class Clsact {
    private static final int ETH_P_ALL_NETWORK =
            ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ETH_P_ALL : ETH_P_ALL << Byte.SIZE;

    private final Netlink netlink;

    /// @param priority lower ones are asked first
    /// @param handle of it among those of its priority
    /// @param name that its maker gave it
    /// @param program id of its BPF program, 0 if the kernel does not say
    public record Filter(int priority, int handle, String name, int program) {}

    /// Which way the frames go.
    public enum Side {
        INGRESS(TC_H_MIN_INGRESS),
        EGRESS(TC_H_MIN_EGRESS);

        private final int parent;

        Side(int parent) {
            this.parent = parent;
        }
    }

    public Clsact(Netlink netlink) {
        this.netlink = netlink;
    }

    /// Gives an interface the clsact qdisc; false if it has one already.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface, EEXIST if it has the older qdisc `ingress`
    public boolean add(int ifindex) {
        try (var arena = Arena.ofConfined()) {
            netlink.ask(
                    qdisc(arena, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, ifindex).text(TCA_KIND, "clsact"));
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    /// Takes the qdisc away, with all that hangs on it.
    public void remove(int ifindex) {
        try (var arena = Arena.ofConfined()) {
            netlink.ask(qdisc(arena, RTM_DELQDISC, NLM_F_ACK, ifindex));
        }
    }

    /// Makes a filter, or puts a new program into the one of the same priority and handle without a gap.
    ///
    /// @param program descriptor of a classifier
    public void replace(int ifindex, Side side, Filter filter, int program) {
        try (var arena = Arena.ofConfined()) {
            netlink.ask(
                    filter(arena, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_ACK, ifindex, side)
                            .i32(TCM_HANDLE, filter.handle)
                            .i32(TCM_INFO, filter.priority << 16 | ETH_P_ALL_NETWORK)
                            .text(TCA_KIND, "bpf")
                            .nested(TCA_OPTIONS, options -> options.number(TCA_BPF_FD, program)
                                    .text(TCA_BPF_NAME, filter.name)
                                    .number(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT)));
        }
    }

    /// @throws ErrnoException if there is no such filter, or no such interface
    public void delete(int ifindex, Side side, Filter filter) {
        try (var arena = Arena.ofConfined()) {
            netlink.ask(
                    filter(arena, RTM_DELTFILTER, NLM_F_ACK, ifindex, side)
                            .i32(TCM_HANDLE, filter.handle)
                            .i32(TCM_INFO, filter.priority << 16 | ETH_P_ALL_NETWORK)
                            .text(TCA_KIND, "bpf"));
        }
    }

    /// The BPF filters of an interface, in the order in which they are asked; none if it has no such qdisc.
    public List<Filter> filters(int ifindex, Side side) {
        return filters(ifindex, side, Parse::filter);
    }

    /// Whether there is a filter of any kind, BPF or other, at either side of an interface.
    public boolean isUsed(int ifindex) {
        return Arrays.stream(Side.values()).anyMatch(side -> !filters(ifindex, side, Parse::filterKind).isEmpty());
    }

    private <T> List<T> filters(int ifindex, Side side, Function<Message, @Nullable T> parse) {
        try {
            return netlink.dump(
                    arena -> filter(arena, RTM_GETTFILTER, NLM_F_DUMP, ifindex, side), RTM_NEWTFILTER, parse);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
                return List.of();
            }
            throw e;
        }
    }

    private static Request qdisc(Arena arena, int type, int flags, int ifindex) {
        return new Request(arena, type, flags, TCMSG_LENGTH)
                .i32(TCM_IFINDEX, ifindex)
                .i32(TCM_PARENT, TC_H_CLSACT)
                .i32(TCM_HANDLE, TC_H_CLSACT_HANDLE);
    }

    private static Request filter(Arena arena, int type, int flags, int ifindex, Side side) {
        return new Request(arena, type, flags, TCMSG_LENGTH).i32(TCM_IFINDEX, ifindex).i32(TCM_PARENT, side.parent);
    }
}
