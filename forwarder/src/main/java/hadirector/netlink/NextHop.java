package hadirector.netlink;

import hadirector.model.IpAddress;

/// Where the kernel would send a packet for some destination.
///
/// @param ifindex of the interface that it goes out by
/// @param neighbour whose MAC it is sent to: the gateway, or the destination itself on its own link
/// @param source address that the kernel would send from; `0.0.0.0` or `::` if it names none
/// @param local whether the destination is an address of this machine
public record NextHop(int ifindex, IpAddress neighbour, IpAddress source, boolean local) {}
