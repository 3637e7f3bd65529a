@NullMarked
package hadirector.afpacket;

import org.jspecify.annotations.NullMarked;
