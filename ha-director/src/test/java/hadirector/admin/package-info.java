@NullMarked
package hadirector.admin;

import org.jspecify.annotations.NullMarked;
