@NullMarked
package hadirector.preflight;

import org.jspecify.annotations.NullMarked;
