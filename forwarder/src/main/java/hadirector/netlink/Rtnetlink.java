package hadirector.netlink;

/// Numbers of the protocol (linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h).
final class Rtnetlink {
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLMSG_OVERRUN = 4;
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWNEIGH = 28;
    static final int RTM_DELNEIGH = 29;
    static final int RTM_GETNEIGH = 30;
    static final int RTM_NEWRULE = 32;
    static final int RTM_DELRULE = 33;

    static final int RTM_NEWQDISC = 36;
    static final int RTM_DELQDISC = 37;
    static final int RTM_NEWTFILTER = 44;
    static final int RTM_DELTFILTER = 45;
    static final int RTM_GETTFILTER = 46;

    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_ACK = 4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;

    static final int RTMGRP_LINK = 1;
    static final int RTMGRP_NEIGH = 4;
    static final int RTMGRP_IPV4_IFADDR = 0x10;
    static final int RTMGRP_IPV4_ROUTE = 0x40;
    static final int RTMGRP_IPV4_RULE = 0x80;
    static final int RTMGRP_IPV6_IFADDR = 0x100;
    static final int RTMGRP_IPV6_ROUTE = 0x400;

    static final int AF_UNSPEC = 0;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    static final int IFINFOMSG_LENGTH = 16;
    static final long IFI_INDEX = 4;
    static final long IFI_FLAGS = 8;
    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_XDP = 43;
    static final int IFLA_XDP_PROG_ID = 4;
    static final int IFLA_XDP_DRV_PROG_ID = 5;
    static final int IFLA_XDP_SKB_PROG_ID = 6;
    static final int IFF_UP = 1;
    static final int IFF_RUNNING = 0x40;

    static final int IFADDRMSG_LENGTH = 8;
    static final long IFA_PREFIX_LENGTH = 1;
    static final long IFA_INDEX = 4;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;

    static final int NDMSG_LENGTH = 12;
    static final long NDM_IFINDEX = 4;
    static final long NDM_STATE = 8;
    static final long NDM_FLAGS = 10;
    static final int NDA_DST = 1;
    static final int NDA_LLADDR = 2;
    static final int NTF_USE = 1;

    /// NUD_REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT.
    static final int NUD_VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;

    static final int RTMSG_LENGTH = 12;
    static final long RTM_DST_LENGTH = 1;
    static final long RTM_TABLE = 4;
    static final long RTM_TYPE = 7;
    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PREFSRC = 7;
    static final int RTA_TABLE = 15;
    static final int RTA_VIA = 18;
    static final int RTN_UNICAST = 1;
    static final int RTN_LOCAL = 2;

    /// linux/pkt_sched.h, linux/pkt_cls.h.
    static final int TCMSG_LENGTH = 20;
    static final long TCM_IFINDEX = 4;
    static final long TCM_HANDLE = 8;
    static final long TCM_PARENT = 12;
    static final long TCM_INFO = 16;
    static final int TC_H_CLSACT = 0xfffffff1;
    static final int TC_H_CLSACT_HANDLE = 0xffff0000;
    static final int TC_H_MIN_INGRESS = 0xfffffff2;
    static final int TC_H_MIN_EGRESS = 0xfffffff3;
    static final int TCA_KIND = 1;
    static final int TCA_OPTIONS = 2;
    static final int TCA_BPF_FD = 6;
    static final int TCA_BPF_NAME = 7;
    static final int TCA_BPF_FLAGS = 8;
    static final int TCA_BPF_ID = 11;
    static final int TCA_BPF_FLAG_ACT_DIRECT = 1;
    static final int ETH_P_ALL = 3;

    private Rtnetlink() {}
}
