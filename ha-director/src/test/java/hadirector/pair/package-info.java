@NullMarked
package hadirector.pair;

import org.jspecify.annotations.NullMarked;
