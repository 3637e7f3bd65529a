@NullMarked
package hadirector.group;

import org.jspecify.annotations.NullMarked;
