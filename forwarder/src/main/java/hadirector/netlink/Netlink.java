package hadirector.netlink;

import static hadirector.netlink.Rtnetlink.*;

import hadirector.linux.Errno;
import hadirector.linux.ErrnoException;
import hadirector.linux.Poller;
import hadirector.model.IpAddress;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Questions to the kernel, each answered before the call returns (the kernel answers within the system call that asks). For
/// one thread, in whose network namespace it was made.
public final class Netlink implements AutoCloseable {
    private static final int ANSWER_MILLIS = 2_000;
    private static final int DUMPS_MAX = 10;
    private static final Set<Integer> NO_ROUTE =
            Set.of(Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.EACCES, Errno.EINVAL, Errno.ENODEV, Errno.ENETDOWN);

    private final NetlinkSocket socket = new NetlinkSocket(0);
    private final Poller poller = new Poller(1);
    private int sequence;

    public Netlink() {
        poller.add(socket.fd());
    }

    public List<Link> links() {
        return dump(RTM_GETLINK, RTM_NEWLINK, IFINFOMSG_LENGTH, Parse::link);
    }

    public List<InterfaceAddress> addresses() {
        return dump(RTM_GETADDR, RTM_NEWADDR, IFADDRMSG_LENGTH, Parse::address);
    }

    public List<Neighbour> neighbours() {
        return dump(RTM_GETNEIGH, RTM_NEWNEIGH, NDMSG_LENGTH, Parse::neighbour);
    }

    /// Unicast routes of all tables.
    public List<Route> routes() {
        return dump(RTM_GETROUTE, RTM_NEWROUTE, RTMSG_LENGTH, Parse::route);
    }

    /// The ids of the XDP programs of an interface; several only if it has one in native and one in generic mode.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public List<Integer> xdpPrograms(int ifindex) {
        try (var arena = Arena.ofConfined()) {
            return Parse.xdpPrograms(ask(new Request(arena, RTM_GETLINK, 0, IFINFOMSG_LENGTH).i32(IFI_INDEX, ifindex)));
        }
    }

    /// What kind of virtual interface it is, as `ip -d link` says it: `veth`, `bridge`; empty for one that a device's driver has made.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    public String kind(int ifindex) {
        try (var arena = Arena.ofConfined()) {
            return Parse.kind(ask(new Request(arena, RTM_GETLINK, 0, IFINFOMSG_LENGTH).i32(IFI_INDEX, ifindex)));
        }
    }

    /// Where a packet for `destination` would go now; empty if the kernel has no route for it.
    public Optional<NextHop> nextHop(IpAddress destination) {
        try (var arena = Arena.ofConfined()) {
            var request =
                    new Request(arena, RTM_GETROUTE, 0, RTMSG_LENGTH)
                            .u8(0, Request.family(destination))
                            .u8(RTM_DST_LENGTH, destination.bits())
                            .address(RTA_DST, destination);
            Message answer = ask(request);
            return Optional.ofNullable(Parse.nextHop(answer, destination));
        } catch (ErrnoException e) {
            if (NO_ROUTE.contains(e.errno())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Has the kernel find or confirm a neighbour's MAC, as if it had a packet to send there: an unknown one is asked for by ARP
    /// or NDP, a stale one is probed. Returns at once; the answer comes as a change of the neighbour table. False if the kernel
    /// refuses, because the interface is down or gone or the table is full.
    public boolean resolve(int ifindex, IpAddress address) {
        try (var arena = Arena.ofConfined()) {
            var request =
                    new Request(arena, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK, NDMSG_LENGTH)
                            .u8(0, Request.family(address))
                            .i32(NDM_IFINDEX, ifindex)
                            .u8(NDM_FLAGS, NTF_USE)
                            .address(NDA_DST, address);
            ask(request);
            return true;
        } catch (ErrnoException _) {
            return false;
        }
    }

    @Override
    public void close() {
        poller.close();
        socket.close();
    }

    /// A dump that the kernel marks as inconsistent, because things changed meanwhile, or that overran us, is made again.
    private <T> List<T> dump(int get, int answerType, int fixed, Function<Message, @Nullable T> parse) {
        return dump(arena -> new Request(arena, get, NLM_F_DUMP, fixed), answerType, parse);
    }

    <T> List<T> dump(Function<Arena, Request> request, int answerType, Function<Message, @Nullable T> parse) {
        for (int i = 0; i < DUMPS_MAX; i++) {
            var found = dumpOnce(request, answerType, parse);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new ErrnoException("dump of rtnetlink, " + DUMPS_MAX + " times interrupted", Errno.EAGAIN);
    }

    private <T> Optional<List<T>> dumpOnce(
            Function<Arena, Request> request, int answerType, Function<Message, @Nullable T> parse) {
        var found = new ArrayList<T>();
        boolean whole = true;
        try (var arena = Arena.ofConfined()) {
            socket.send(request.apply(arena).finish(++sequence));
            while (true) {
                for (Message m : awaitMessages()) {
                    whole &= (m.flags() & NLM_F_DUMP_INTR) == 0;
                    if (m.type() == NLMSG_DONE) {
                        whole &= m.i32(0) >= 0; // Else the errno that ended the dump early.
                        return whole ? Optional.of(found) : Optional.empty();
                    }
                    T value = m.type() == answerType ? parse.apply(m) : null;
                    if (value != null) {
                        found.add(value);
                    }
                }
            }
        } catch (NetlinkSocket.OverrunException _) {
            return Optional.empty();
        }
    }

    /// The first message that answers the request: a value, or the acknowledgement.
    Message ask(Request request) {
        try {
            socket.send(request.finish(++sequence));
            while (true) {
                for (Message m : awaitMessages()) {
                    return m;
                }
            }
        } catch (NetlinkSocket.OverrunException _) {
            throw new ErrnoException("rtnetlink's answer", Errno.ENOBUFS);
        }
    }

    /// Messages that belong to the present request; what is left of an earlier one is skipped.
    private List<Message> awaitMessages() throws NetlinkSocket.OverrunException {
        var messages = socket.receive();
        if (messages.isEmpty()) {
            poller.await(ANSWER_MILLIS);
            messages = socket.receive();
            if (messages.isEmpty()) {
                throw new ErrnoException("rtnetlink's answer", Errno.ETIMEDOUT);
            }
        }
        var ours = messages.stream().filter(m -> m.sequence() == sequence).toList();
        ours.forEach(Netlink::checkError);
        return ours;
    }

    /// `struct nlmsgerr` begins with the negated errno, 0 for an acknowledgement.
    private static void checkError(Message m) {
        if (m.type() == NLMSG_ERROR && m.i32(0) != 0) {
            throw new ErrnoException("rtnetlink", -m.i32(0));
        }
    }
}
