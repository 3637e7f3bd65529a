@NullMarked
package hadirector.deploy;

import org.jspecify.annotations.NullMarked;
