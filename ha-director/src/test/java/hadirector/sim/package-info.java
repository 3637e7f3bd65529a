@NullMarked
package hadirector.sim;

import org.jspecify.annotations.NullMarked;
