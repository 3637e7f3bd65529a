@NullMarked
package hadirector.ebpf;

import org.jspecify.annotations.NullMarked;
