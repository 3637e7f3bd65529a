/// Benches of the engine's parts together.
@NullMarked
package hadirector.engine;

import org.jspecify.annotations.NullMarked;
