package hadirector.netlink;

import hadirector.model.IpAddress;
import org.jspecify.annotations.Nullable;

/// A unicast route of a table. Of a multipath route only that it exists: its ifindex is 0.
///
/// @param gateway null if the destination is on the link
/// @param table 254 is the main one
public record Route(
        IpAddress destination, int prefixLength, int ifindex, @Nullable IpAddress gateway, int table) {}
