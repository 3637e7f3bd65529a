@NullMarked
package hadirector.packet;

import org.jspecify.annotations.NullMarked;
