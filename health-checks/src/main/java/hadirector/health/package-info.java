@NullMarked
package hadirector.health;

import org.jspecify.annotations.NullMarked;
