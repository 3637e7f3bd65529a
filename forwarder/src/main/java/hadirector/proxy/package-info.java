@NullMarked
package hadirector.proxy;

import org.jspecify.annotations.NullMarked;
