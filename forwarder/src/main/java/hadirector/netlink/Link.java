package hadirector.netlink;

/// An interface.
///
/// @param mac of 48 bits, 0 if it has none
/// @param master ifindex of the bridge or bond that it is a port of, 0 if none
/// @param up whether the administrator has set it up
/// @param running whether it is up and can carry frames (carrier, IFF_RUNNING)
public record Link(int index, String name, long mac, int mtu, int master, boolean up, boolean running) {}
