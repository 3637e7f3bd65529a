@NullMarked
package hadirector.engine;

import org.jspecify.annotations.NullMarked;
