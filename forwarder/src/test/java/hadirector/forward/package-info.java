@NullMarked
package hadirector.forward;

import org.jspecify.annotations.NullMarked;
