@NullMarked
package hadirector.config;

import org.jspecify.annotations.NullMarked;
