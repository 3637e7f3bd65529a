/// Our BPF program, its maps and their layouts. It decides what is ours and hands that to the engine.
@NullMarked
package hadirector.fastpath;

import org.jspecify.annotations.NullMarked;
