@NullMarked
package hadirector;

import org.jspecify.annotations.NullMarked;
