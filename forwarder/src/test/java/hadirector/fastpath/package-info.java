@NullMarked
package hadirector.fastpath;

import org.jspecify.annotations.NullMarked;
