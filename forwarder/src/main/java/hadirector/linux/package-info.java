/// System calls through the foreign-function API: one class per family, and the only package that uses `Linker`.
@NullMarked
package hadirector.linux;

import org.jspecify.annotations.NullMarked;
