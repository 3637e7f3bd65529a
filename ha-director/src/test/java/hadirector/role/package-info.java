@NullMarked
package hadirector.role;

import org.jspecify.annotations.NullMarked;
