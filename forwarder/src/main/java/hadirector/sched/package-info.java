@NullMarked
package hadirector.sched;

import org.jspecify.annotations.NullMarked;
