package hadirector.packet;

import static hadirector.packet.NetworkOrder.U64;
import static hadirector.packet.NetworkOrder.u48;
import static hadirector.packet.NetworkOrder.u8;

import java.lang.foreign.MemorySegment;

/// A neighbour solicitation or advertisement (RFC 4861 4.3, 4.4) whose ICMPv6 header starts at `at` and that ends at `end`.
public record NdpView(MemorySegment frame, long at, long end) {
    /// Without options.
    public static final int LENGTH_MIN = 24;
    public static final long FLAGS = 4;
    public static final long TARGET = 8;
    public static final long OPTIONS = 24;
    /// Every message of this protocol has come by no router.
    public static final int HOP_LIMIT = 255;

    /// `FLAGS` of an advertisement.
    public static final int ROUTER = 1 << 31;
    public static final int SOLICITED = 1 << 30;
    public static final int OVERRIDE = 1 << 29;

    public static final int SOURCE_LINK_ADDRESS = 1;
    public static final int TARGET_LINK_ADDRESS = 2;
    /// Of either option with a MAC.
    public static final int LINK_OPTION_LENGTH = 8;
    public static final long LINK_OPTION_MAC = 2;

    /// No such option.
    public static final long NONE = -1;

    /// `ff02::1`, the group of all hosts, and the MAC it maps to (RFC 2464 7).
    public static final long ALL_NODES_HIGH = 0xff02_0000_0000_0000L;
    public static final long ALL_NODES_LOW = 1;
    public static final long ALL_NODES_MAC = 0x3333_0000_0001L;

    private static final long SOLICITED_NODE_LOW = 0x1_ff00_0000L;
    private static final long SOLICITED_NODE_MAC = 0x3333_ff00_0000L;
    private static final long LOW_24 = 0xff_ffff;
    private static final int OPTION_UNIT = 8;

    /// Whether the frame is such a message and passes the checks of RFC 4861 7.1.1 and 7.1.2, but for its checksum ([FrameChecksums]).
    public static boolean isAt(MemorySegment frame, ParsedFrame parsed) {
        if (parsed.kind() != FrameKind.ICMP || !parsed.isV6() || parsed.ttl() != HOP_LIMIT || parsed.l4Length() < LENGTH_MIN) {
            return false;
        }
        var icmp = new Icmp6View(frame, parsed.l4());
        boolean solicitation = icmp.type() == Icmp6View.NEIGHBOUR_SOLICITATION;
        return (solicitation || icmp.type() == Icmp6View.NEIGHBOUR_ADVERTISEMENT)
                && icmp.code() == 0
                && !Ipv6View.isMulticast(frame.get(U64, parsed.l4() + TARGET))
                && of(frame, parsed).areOptionsValid()
                && (!solicitation || !isFromNobody(parsed) || of(frame, parsed).isProbe(parsed));
    }

    public static NdpView of(MemorySegment frame, ParsedFrame parsed) {
        return new NdpView(frame, parsed.l4(), parsed.l4() + parsed.l4Length());
    }

    /// From `::`: who asks has no address yet, and wants to know whether it may have this one (RFC 4862 5.4).
    public static boolean isFromNobody(ParsedFrame parsed) {
        return (parsed.sourceHigh() | parsed.sourceLow()) == 0;
    }

    private boolean isProbe(ParsedFrame parsed) {
        return parsed.destinationHigh() == ALL_NODES_HIGH
                && (parsed.destinationLow() & ~LOW_24) == SOLICITED_NODE_LOW
                && option(SOURCE_LINK_ADDRESS) == NONE;
    }

    private boolean areOptionsValid() {
        long option = at + OPTIONS;
        while (end - option >= OPTION_UNIT && u8(frame, option + 1) != 0) {
            option += (long) u8(frame, option + 1) * OPTION_UNIT;
        }
        return option == end;
    }

    public int type() {
        return u8(frame, at);
    }

    public long targetHigh() {
        return frame.get(U64, at + TARGET);
    }

    public long targetLow() {
        return frame.get(U64, at + TARGET + Long.BYTES);
    }

    /// Where the first option of a type starts, or [#NONE].
    public long option(int type) {
        for (long option = at + OPTIONS; option < end; option += (long) u8(frame, option + 1) * OPTION_UNIT) {
            if (u8(frame, option) == type) {
                return option;
            }
        }
        return NONE;
    }

    /// The MAC that an option of `type` gives, or `otherwise` if there is none.
    public long linkAddress(int type, long otherwise) {
        long option = option(type);
        return option == NONE ? otherwise : u48(frame, option + LINK_OPTION_MAC);
    }

    /// Low half of the solicited-node multicast address (RFC 4291 2.7.1); the high half is `ff02::`.
    public static long solicitedNodeLow(long addressLow) {
        return SOLICITED_NODE_LOW | (addressLow & LOW_24);
    }

    public static long solicitedNodeMac(long addressLow) {
        return SOLICITED_NODE_MAC | (addressLow & LOW_24);
    }
}
