package hadirector.fastpath;

import static hadirector.ebpf.Jump.BELOW_OR_EQUAL;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.DOUBLE;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Helper;
import hadirector.ebpf.Reg;

/// Whether a group may be served: until the deadline in `hd_groups` that the engine renews, so that a process that stands
/// still is fenced by its own kernel.
final class Lease {
    /// Frames of a group are dropped for so long after its deadline, then they pass: a filter that a crash left behind does no harm.
    static final long FENCE_NANOS = 60_000_000_000L;

    private Lease() {}

    /// r9 = now; goes to [Code#FENCED] unless the deadline of the group is ahead.
    ///
    /// @param group its index, or [SharedMaps#SENDER]
    static void check(Code code, Reg group) {
        check(code, group, Helper.KTIME_GET_COARSE_NS);
    }

    /// The same by another clock: the exact one is not a tick late, and dearer.
    static void check(Code code, Reg group, Helper clock) {
        code.a.store(WORD, R10, Stack.INDEX, group).call(clock).move(R9, R0);
        code.lookup(code.maps.groups(), Stack.INDEX);
        code.a
                .jump(EQUAL, R0, 0, Code.NEXT)
                .load(DOUBLE, R0, R0, 0)
                .jump(BELOW_OR_EQUAL, R0, R9, Code.FENCED);
    }
}
