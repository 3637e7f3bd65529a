@NullMarked
package hadirector.sync.wire;

import org.jspecify.annotations.NullMarked;
