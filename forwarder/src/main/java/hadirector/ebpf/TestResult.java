package hadirector.ebpf;

import java.lang.foreign.MemorySegment;

/// What became of a packet in [BpfProgram#testRun].
///
/// @param returned the program's return code
/// @param data the packet behind it
/// @param context the `__sk_buff` or `xdp_md` behind it; empty if none was given
/// @param nanos time of one run, the mean of all
public record TestResult(int returned, MemorySegment data, MemorySegment context, int nanos) {}
