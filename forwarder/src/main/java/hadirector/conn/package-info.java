@NullMarked
package hadirector.conn;

import org.jspecify.annotations.NullMarked;
