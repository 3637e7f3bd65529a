/// Network namespaces for lab tests: hosts, segments, processes, and the conditions under which such tests run.
@NullMarked
package hadirector.lab;

import org.jspecify.annotations.NullMarked;
