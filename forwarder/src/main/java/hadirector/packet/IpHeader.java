package hadirector.packet;

import java.lang.foreign.MemorySegment;

/// What both families of IP have in common for a packet of our own. Addresses are two longs; an IPv4-mapped one (RFC 4291 2.5.5.2) means IPv4.
public final class IpHeader {
    private static final long MAPPED_PREFIX = 0xffff;

    private IpHeader() {}

    public static boolean isV4(long high, long low) {
        return high == 0 && low >>> 32 == MAPPED_PREFIX;
    }

    /// Whether a single host can have the address.
    public static boolean isHost(long high, long low) {
        return isV4(high, low) ? Ipv4View.isHost((int) low) : Ipv6View.isHost(high, low);
    }

    public static int length(boolean v6) {
        return v6 ? Ipv6View.LENGTH : Ipv4View.LENGTH_MIN;
    }

    /// Writes the header of the answer to `question`, without options, before `payload` bytes; returns its length.
    ///
    /// @param service type of service or traffic class
    public static int writeAnswer(
            MemorySegment to,
            long at,
            ParsedFrame question,
            int service,
            int payload,
            int protocol,
            long fromHigh,
            long fromLow) {
        if (!question.isV6()) {
            int total = Ipv4View.LENGTH_MIN + payload;
            Ipv4View.write(to, at, service, total, protocol, (int) fromLow, question.source());
            return Ipv4View.LENGTH_MIN;
        }
        Ipv6View.write(to, at, service, payload, protocol, Ipv6View.HOP_LIMIT_DEFAULT);
        Ipv6View.writeAddresses(to, at, fromHigh, fromLow, question.sourceHigh(), question.sourceLow());
        return Ipv6View.LENGTH;
    }
}
