@NullMarked
package hadirector.door;

import org.jspecify.annotations.NullMarked;
