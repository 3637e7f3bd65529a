package hadirector.fastpath;

import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Jump.NOT_EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R7;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;
import hadirector.linux.Outlet;

/// tc egress of the loopback device, for what the engine's own sockets send: it leaves only while the process has its lease. The engine asks before
/// each call of the kernel, but a process may be stopped between the answer and the call, and would send when it goes on. At the interfaces
/// themselves it would cost every packet that the kernel forwards.
///
/// ```
///   mark of the engine's -- [SharedMaps#SENDER] ahead --> mark 0 (for the host: "hadk", see [TcEgressHook]), out by the interface of its priority
///                       \- over -----------------------> ends there
///   else ----------------------------------------------> out, as it came
/// ```
final class SenderCode {
    private static final String OURS = "ours";
    private static final String PLAIN = "plain";

    /// No interface: the frame ends there, and for the sender all is well. A drop would be an error, and it would call again to learn which.
    private static final int NOWHERE = 0;

    private SenderCode() {}

    static byte[] assemble(Code code, Outlet outlet) {
        code.a
                .move(R6, R1)
                .load(WORD, R7, R6, SkBuff.MARK)
                .jump(EQUAL, R7, outlet.mark(), OURS)
                .jump(NOT_EQUAL, R7, outlet.hostMark(), Code.NEXT)
                .label(OURS)
                .move(R2, SharedMaps.SENDER);
        Lease.check(code, R2, Helper.KTIME_GET_NS);
        code.a
                .move(R2, 0)
                .jump(EQUAL, R7, outlet.mark(), PLAIN)
                .move(R2, TcHook.MARK_HOST)
                .label(PLAIN)
                .store(WORD, R6, SkBuff.MARK, R2)
                .load(WORD, R1, R6, SkBuff.PRIORITY)
                .move(R2, 0)
                .store(WORD, R6, SkBuff.PRIORITY, R2)
                .call(Helper.REDIRECT)
                .exit()
                .label(Code.NEXT)
                .move(R0, TcHook.NEXT)
                .exit()
                .label(Code.FENCED);
        Counts.verdict(code, Verdict.DROP_FENCED);
        return code.a.move(R1, NOWHERE).move(R2, 0).call(Helper.REDIRECT).exit().assemble();
    }
}
