/// BPF without tools: an assembler, maps, program load with the verifier's words, links, and what this machine can do.
/// Knows nothing of our own program.
@NullMarked
package hadirector.ebpf;

import org.jspecify.annotations.NullMarked;
