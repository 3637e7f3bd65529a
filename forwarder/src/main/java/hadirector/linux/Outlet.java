package hadirector.linux;

/// A device through which frames are sent to others, as a program at its egress passes them on: to the interface whose index is their
/// `skb->priority`.
///
/// @param ifindex of the device
/// @param mark `skb->mark` of frames for the wire
/// @param hostMark of frames for the host's own stack
public record Outlet(int ifindex, int mark, int hostMark) {}
