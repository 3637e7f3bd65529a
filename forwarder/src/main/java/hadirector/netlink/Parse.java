package hadirector.netlink;

import static hadirector.netlink.Rtnetlink.*;

import hadirector.model.IpAddress;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// From messages to values; null for what is of no interest or lacks what it must have.
final class Parse {
    private Parse() {}

    static @Nullable Link link(Message m) {
        String name = m.textAttribute(IFINFOMSG_LENGTH, IFLA_IFNAME);
        int index = m.i32(IFI_INDEX);
        int flags = m.i32(IFI_FLAGS);
        return m.u8(0) != AF_UNSPEC || index <= 0 || name.isEmpty()
                ? null
                : new Link(
                        index,
                        name,
                        m.macAttribute(IFINFOMSG_LENGTH, IFLA_ADDRESS),
                        m.intAttribute(IFINFOMSG_LENGTH, IFLA_MTU, 0),
                        m.intAttribute(IFINFOMSG_LENGTH, IFLA_MASTER, 0),
                        (flags & IFF_UP) != 0,
                        (flags & IFF_RUNNING) != 0);
    }

    static String kind(Message link) {
        var info = link.attribute(IFINFOMSG_LENGTH, IFLA_LINKINFO);
        return info == null ? "" : new Message(0, 0, 0, info).textAttribute(0, IFLA_INFO_KIND);
    }

    static List<Integer> xdpPrograms(Message link) {
        var xdp = link.attribute(IFINFOMSG_LENGTH, IFLA_XDP);
        if (xdp == null) {
            return List.of();
        }
        var attributes = new Message(0, 0, 0, xdp);
        return Stream.of(IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID)
                .map(type -> attributes.intAttribute(0, type, 0))
                .filter(id -> id != 0)
                .distinct()
                .toList();
    }

    /// Null for what is no filter made of a BPF program.
    static Clsact.@Nullable Filter filter(Message m) {
        var options = m.attribute(TCMSG_LENGTH, TCA_OPTIONS);
        if (options == null || !filterKind(m).equals("bpf")) {
            return null;
        }
        var attributes = new Message(0, 0, 0, options);
        return new Clsact.Filter(
                m.i32(TCM_INFO) >>> 16,
                m.i32(TCM_HANDLE),
                attributes.textAttribute(0, TCA_BPF_NAME),
                attributes.intAttribute(0, TCA_BPF_ID, 0));
    }

    static String filterKind(Message m) {
        return m.textAttribute(TCMSG_LENGTH, TCA_KIND);
    }

    static @Nullable InterfaceAddress address(Message m) {
        IpAddress local = m.addressAttribute(IFADDRMSG_LENGTH, IFA_LOCAL);
        IpAddress address = local != null ? local : m.addressAttribute(IFADDRMSG_LENGTH, IFA_ADDRESS);
        return address == null ? null : new InterfaceAddress(m.i32(IFA_INDEX), address, m.u8(IFA_PREFIX_LENGTH));
    }

    static @Nullable Neighbour neighbour(Message m) {
        IpAddress address = m.addressAttribute(NDMSG_LENGTH, NDA_DST);
        if (address == null || !isInternet(m.u8(0))) {
            return null;
        }
        long mac = m.macAttribute(NDMSG_LENGTH, NDA_LLADDR);
        return new Neighbour(m.i32(NDM_IFINDEX), address, mac, mac != 0 && (m.u16(NDM_STATE) & NUD_VALID) != 0);
    }

    static @Nullable Route route(Message m) {
        if (m.u8(RTM_TYPE) != RTN_UNICAST || !isInternet(m.u8(0))) {
            return null;
        }
        IpAddress destination = m.addressAttribute(RTMSG_LENGTH, RTA_DST);
        return new Route(
                destination == null ? any(m.u8(0)) : destination,
                m.u8(RTM_DST_LENGTH),
                m.intAttribute(RTMSG_LENGTH, RTA_OIF, 0),
                gateway(m),
                m.intAttribute(RTMSG_LENGTH, RTA_TABLE, m.u8(RTM_TABLE)));
    }

    static @Nullable NextHop nextHop(Message m, IpAddress destination) {
        int ifindex = m.intAttribute(RTMSG_LENGTH, RTA_OIF, 0);
        int type = m.u8(RTM_TYPE);
        if (ifindex == 0 || (type != RTN_UNICAST && type != RTN_LOCAL)) {
            return null;
        }
        IpAddress gateway = gateway(m);
        IpAddress source = m.addressAttribute(RTMSG_LENGTH, RTA_PREFSRC);
        return new NextHop(
                ifindex,
                gateway == null ? destination : gateway,
                source == null ? any(m.u8(0)) : source,
                type == RTN_LOCAL);
    }

    /// Of the route's own family, or of another (`struct rtvia`: 2 bytes of family before the address).
    private static @Nullable IpAddress gateway(Message m) {
        IpAddress gateway = m.addressAttribute(RTMSG_LENGTH, RTA_GATEWAY);
        var via = m.attribute(RTMSG_LENGTH, RTA_VIA);
        return gateway != null || via == null ? gateway : Message.address(via, Short.BYTES);
    }

    private static boolean isInternet(int family) {
        return family == AF_INET || family == AF_INET6;
    }

    private static IpAddress any(int family) {
        return family == AF_INET ? IpAddress.v4(0) : new IpAddress(0, 0);
    }
}
