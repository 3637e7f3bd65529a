package hadirector.fastpath;

import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;

/// tc egress, for what the engine's own sockets send: it leaves only while the process has its lease. The engine asks before each call of the
/// kernel, but a process may be stopped between the answer and the call, and would send when it goes on.
///
/// ```
///   mark "hadl" (Java's) -- [SharedMaps#SENDER] ahead --> mark 0, out
///   mark "hadk" (Java's,     \- over -------------------> drop
///     for the host) -------- ahead ---------------------> on to [TcEgressHook]
///   else -----------------------------------------------> out, as it came
/// ```
final class SenderCode {
    private static final String OURS = "ours";

    /// No interface: the frame ends there, and for the sender all is well. A drop would be an error, and it would call again to learn which.
    private static final int NOWHERE = 0;

    private SenderCode() {}

    static byte[] assemble(Code code) {
        code.a
                .move(R6, R1)
                .load(WORD, R1, R6, SkBuff.MARK)
                .jump(EQUAL, R1, TcHook.MARK_SENT, OURS)
                .jump(NOT_EQUAL, R1, TcHook.MARK_HOST, Code.NEXT)
                .label(OURS)
                .move(R2, SharedMaps.SENDER);
        Lease.check(code, R2);
        code.a
                .load(WORD, R1, R6, SkBuff.MARK)
                .jump(NOT_EQUAL, R1, TcHook.MARK_SENT, Code.NEXT)
                .move(R1, 0)
                .store(WORD, R6, SkBuff.MARK, R1)
                .label(Code.NEXT)
                .move(R0, TcHook.NEXT)
                .exit()
                .label(Code.FENCED);
        Counts.verdict(code, Verdict.DROP_FENCED);
        return code.a.move(R1, NOWHERE).move(R2, 0).call(Helper.REDIRECT).exit().assemble();
    }
}
