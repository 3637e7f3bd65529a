@NullMarked
package hadirector.netlink;

import org.jspecify.annotations.NullMarked;
