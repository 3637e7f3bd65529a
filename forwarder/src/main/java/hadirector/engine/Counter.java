package hadirector.engine;

/// Everything that an engine counts beside its services. The sentence is the metric's help text.
public enum Counter {
    FRAMES_RECEIVED("Frames that the program punted to the engine"),
    FRAMES_FORWARDED("Frames forwarded to a realserver or a client"),
    FRAMES_OFFLOADED("Of the forwarded frames those that the kernel forwarded by itself"),
    FRAMES_FOREIGN("Copies of frames that turned out to be the host's own business"),
    FRAGMENTS_FORWARDED("IP fragments forwarded, also counted as frames"),
    FRAGMENTS_HELD("IP fragments that had to wait for the first of their datagram"),
    FRAGMENTS_MADE("IP fragments made from packets that were too long for the way out"),
    ICMP_ERRORS_FORWARDED("ICMP errors carried on to whom they concern, also counted as frames"),
    ICMP_ERRORS_SENT("ICMP errors of the director's own: unreachable, time exceeded, too big"),
    ICMP_ERRORS_LIMITED("ICMP errors that were not sent because too many were"),
    MSS_CLAMPED("TCP segments whose maximum segment size option was lowered"),
    TUNNEL_ERRORS("ICMP errors about packets in tunnels: a path too narrow for them, or a realserver that does not unpack them"),
    FRAMES_ANSWERED("Frames answered by the engine itself: ARP, neighbour discovery, echo, resets"),
    DROP_MALFORMED("Frames dropped: truncated, or a length or header field is wrong, or a source address that no host can have"),
    DROP_NO_ENTRY("TCP packets dropped: no connection, no SYN, and a takeover was less than the settling time ago"),
    DROP_NO_REALSERVER("Packets dropped: no realserver of the service is up and has weight; their sender is told"),
    DROP_TABLE_FULL("New connections dropped: the connection table is full"),
    DROP_FRAGMENT("IP fragments dropped: the first of their datagram was neither forwarded nor answered"),
    DROP_FRAGMENT_TIMEOUT("IP fragments dropped: the first of their datagram did not come in time"),
    DROP_FRAGMENT_DUPLICATE("IP fragments dropped: seen before"),
    DROP_FRAGMENT_OVERLAP("IP fragments dropped: they, or others of their datagram, overlap"),
    DROP_FRAGMENT_LIMIT("IP fragments dropped: no room to wait for the first of their datagram, in all or for that source"),
    DROP_FRAGMENT_INVALID("IP fragments dropped: no whole units of data, beyond the longest datagram, or a first one cut before its ports"),
    DROP_TTL("Packets dropped: TTL used up"),
    DROP_UNRESOLVED("Packets dropped: no route or no MAC of the next hop yet"),
    DROP_SCOPE("New connections dropped: from a link-local IPv6 address to a realserver of LVS-NAT or LVS-Tun"),
    DROP_COLLISION("New connections dropped: the realserver already has one with the same client port"),
    DROP_CLOSED("Packets dropped: for an address of a group that this director does not hold"),
    DROP_UNSUPPORTED("Packets dropped: protocol or ICMP message that is not handled"),
    DROP_TOO_BIG("Packets dropped: longer than the way out allows, and not to be fragmented; their sender is told"),
    DROP_ICMP_UNMATCHED("ICMP errors dropped: they quote no packet of a known connection, or too little of it"),
    DROP_DENIED("Packets dropped: the service's access list denies the client"),
    DROP_SYN_BUDGET("First segments dropped: the service has had as many new connections as may come now"),
    DROP_STRAY_BUDGET("Segments of no connection dropped: the service has had as many as may come now"),
    SYN_CHALLENGED("First segments answered by a challenge, as too many came"),
    SOURCES_PROVEN("Right answers to challenges"),
    CONNECTIONS_MADE("New connections that the kernel scheduled by itself"),
    CONNECTIONS_DENIED("Connections ended because a new access list denies their client"),
    OVERLOADS("Times that a service had so many half-open connections that its new ones were limited"),
    HALF_OPEN_DROPPED("Connections whose handshake was not done, dropped to make room for new ones"),
    DROP_FENCED("Frames that were ready to be sent when the lease had passed: the process had stood still"),
    FENCED("Times that this director closed its groups because it had stood still for longer than the lease"),
    OPENS_REFUSED("Orders to open a group that were too old when they were read"),
    PROBES_SENT("Questions who has an address: ARP probes and neighbour solicitations"),
    PROBES_ANSWERED("Of the addresses asked for those that another station has"),
    PROBES_IMPOSSIBLE("Addresses that could not be asked for: the interface is down, unknown or not to be had"),
    BEACONS_SENT("Beacons of groups that this director holds"),
    BEACONS_HEARD("Beacons of other holders in this cluster"),
    BEACONS_FOREIGN("Beacons ignored: of other clusters, or of groups that this director does not have"),
    BEACONS_MALFORMED("Beacons ignored: too short, or not of a version that is known"),
    BEACONS_FORGED("Beacons ignored: the signature is wrong"),
    BEACONS_REPLAYED("Beacons ignored: not later than one that came before, or in this director's own name"),
    PASSED_ON("Packets of no connection passed on to the director that has just taken the group over"),
    WAITED("Packets of no connection that waited until a hand-over to this director was complete"),
    DROP_HANDOVER("Packets of no connection dropped in a hand-over: the new holder was not known, or too many waited"),
    DROP_SEND("Frames dropped: the interface did not take them"),
    DROP_RECEIVE("Frames dropped: they came faster than the engine took them"),
    ANNOUNCEMENTS_SENT("Gratuitous ARP frames and unsolicited neighbour advertisements sent for held addresses"),
    RESETS_SENT("TCP resets sent: no service on the port, or no connection for the packet"),
    SYNC_APPLIED("Entries applied from another director"),
    SYNC_REFUSED("Entries of another director that were refused: unknown service, table full"),
    DIGESTS_COMPARED("Comparisons of a part of the connections here with what their holder has"),
    DIGESTS_DIFFERENT("Of these the ones that found a difference"),
    SHARDS_REPAIRED("Parts of the connections that were sent anew because they differed from what their holder has"),
    EXPIRED("Connections that ended by their timeout"),
    ARP_CONFLICTS("Frames of ARP or neighbour discovery in which another station claims an address that this director holds"),
    REUSED("Connections replaced because the client reused the port"),
    RESCHEDULED("Connections that moved to another realserver because theirs is down: of UDP, or of TCP before its answer");

    private final String help;

    Counter(String help) {
        this.help = help;
    }

    public String help() {
        return help;
    }
}
