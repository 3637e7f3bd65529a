/// What the kernel knows of the network: links, addresses, neighbours, routes; by rtnetlink (rtnetlink(7)).
@NullMarked
package hadirector.netlink;

import org.jspecify.annotations.NullMarked;
