@NullMarked
package hadirector.cli;

import org.jspecify.annotations.NullMarked;
