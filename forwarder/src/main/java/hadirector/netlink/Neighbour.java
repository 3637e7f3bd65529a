package hadirector.netlink;

import hadirector.model.IpAddress;

/// An entry of the kernel's ARP or NDP table.
///
/// @param mac of 48 bits, 0 while it is not known
/// @param usable whether the MAC may be sent to now: the kernel would (NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT)
public record Neighbour(int ifindex, IpAddress address, long mac, boolean usable) {}
