package hadirector.fastpath;

import hadirector.packet.EthernetView;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6View;

/// What the program has to know of IPv4 and IPv6, with a plain header: offsets in the frame.
enum Family {
    V4(
            "4",
            EthernetView.TYPE_IPV4,
            Ipv4View.LENGTH_MIN,
            (int) Ipv4View.TOTAL_LENGTH,
            0,
            (int) Ipv4View.TTL,
            (int) Ipv4View.PROTOCOL,
            (int) Ipv4View.SOURCE,
            (int) Ipv4View.DESTINATION,
            4,
            Ipv4View.ICMP),
    V6(
            "6",
            EthernetView.TYPE_IPV6,
            Ipv6View.LENGTH,
            (int) Ipv6View.PAYLOAD_LENGTH,
            Ipv6View.LENGTH,
            (int) Ipv6View.HOP_LIMIT,
            (int) Ipv6View.NEXT_HEADER,
            (int) Ipv6View.SOURCE,
            (int) Ipv6View.DESTINATION,
            16,
            Ipv6View.ICMP);

    /// Bytes of an address where both families have room.
    static final int ADDRESS_ROOM = 16;

    static final int L3 = EthernetView.LENGTH;

    private final String digit;
    final int etherType;
    final int headerLength;
    final int l4;
    /// Where the length field stands, and what it leaves out.
    final int length;
    final int lengthBase;
    final int hops;
    final int protocol;
    final int source;
    final int destination;
    final int addressLength;
    /// Where the address begins in 16 bytes.
    final int addressAt;
    final int icmp;

    Family(
            String digit,
            int etherType,
            int headerLength,
            int length,
            int lengthBase,
            int hops,
            int protocol,
            int source,
            int destination,
            int addressLength,
            int icmp) {
        this.digit = digit;
        this.etherType = etherType;
        this.headerLength = headerLength;
        this.l4 = L3 + headerLength;
        this.length = L3 + length;
        this.lengthBase = lengthBase;
        this.hops = L3 + hops;
        this.protocol = L3 + protocol;
        this.source = L3 + source;
        this.destination = L3 + destination;
        this.addressLength = addressLength;
        this.addressAt = ADDRESS_ROOM - addressLength;
        this.icmp = icmp;
    }

    /// A label of its own for each family.
    String label(String name) {
        return name + " " + digit;
    }
}
