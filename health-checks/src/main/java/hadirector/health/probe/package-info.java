@NullMarked
package hadirector.health.probe;

import org.jspecify.annotations.NullMarked;
