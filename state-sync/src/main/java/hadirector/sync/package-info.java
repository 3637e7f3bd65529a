@NullMarked
package hadirector.sync;

import org.jspecify.annotations.NullMarked;
