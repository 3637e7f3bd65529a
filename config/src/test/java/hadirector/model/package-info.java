@NullMarked
package hadirector.model;

import org.jspecify.annotations.NullMarked;
