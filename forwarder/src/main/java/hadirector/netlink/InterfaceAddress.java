package hadirector.netlink;

import hadirector.model.IpAddress;

/// An address that the kernel holds on an interface.
public record InterfaceAddress(int ifindex, IpAddress address, int prefixLength) {}
