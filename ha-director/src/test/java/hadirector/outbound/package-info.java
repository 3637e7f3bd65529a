@NullMarked
package hadirector.outbound;

import org.jspecify.annotations.NullMarked;
