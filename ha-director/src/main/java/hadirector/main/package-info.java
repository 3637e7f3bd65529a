@NullMarked
package hadirector.main;

import org.jspecify.annotations.NullMarked;
