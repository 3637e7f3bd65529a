@NullMarked
package hadirector.sync.ipvs;

import org.jspecify.annotations.NullMarked;
