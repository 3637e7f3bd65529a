@NullMarked
package hadirector.director;

import org.jspecify.annotations.NullMarked;
