@NullMarked
package hadirector.linux;

import org.jspecify.annotations.NullMarked;
