@NullMarked
package hadirector.metrics;

import org.jspecify.annotations.NullMarked;
