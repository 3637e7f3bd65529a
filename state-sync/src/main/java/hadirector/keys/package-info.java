@NullMarked
package hadirector.keys;

import org.jspecify.annotations.NullMarked;
