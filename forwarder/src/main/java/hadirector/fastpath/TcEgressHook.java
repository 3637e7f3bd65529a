package hadirector.fastpath;

import static hadirector.ebpf.Jump.ABOVE;
import static hadirector.ebpf.Jump.EQUAL;
import static hadirector.ebpf.Reg.R0;
import static hadirector.ebpf.Reg.R1;
import static hadirector.ebpf.Reg.R10;
import static hadirector.ebpf.Reg.R2;
import static hadirector.ebpf.Reg.R6;
import static hadirector.ebpf.Reg.R9;
import static hadirector.ebpf.Width.WORD;

import hadirector.ebpf.Helper;
import hadirector.ebpf.SkBuff;

/// tc egress, for realservers that are this host: their answers are rewritten where they leave; what of them is Java's comes in again by
/// the same interface, as if it came from a realserver behind it, and what Java gives to the host's stack comes in likewise.
///
/// ```
///   mark "hadk" (Java's) --------------------------> in again, let through there
///   (RIP, client) of a connection -- plain --------> rewritten, out
///                                 \- else ---------> mark "hadi", in again: PACKET_OTHERHOST by its MAC, so it is Java's alone
///   fragment of a datagram whose first went there -> the same
///   ICMP error that quotes (client, RIP) ----------> the same
///   else ------------------------------------------> out, as it came
/// ```
final class TcEgressHook extends TcHook {
    private static final String AGAIN = "again";
    private static final int INTO_INGRESS = 1; // BPF_F_INGRESS

    @Override
    public boolean repliesOnly() {
        return true;
    }

    @Override
    public void begin(Code code) {
        code.a.move(R6, R1).load(WORD, R0, R6, SkBuff.MARK).jump(EQUAL, R0, MARK_HOST, AGAIN);
        unlessTagged(code);
        code.a.jump(Code.NEXT);
    }

    /// By the interface that the client's frames come by; that is mostly the one by which the host sends it anyway.
    @Override
    public void redirect(Code code) {
        code.a.load(WORD, R2, R6, SkBuff.IFINDEX).jump(EQUAL, R1, R2, Code.NEXT);
        super.redirect(code);
    }

    @Override
    public void end(Code code) {
        for (Family family : Family.values()) {
            missed(code, family);
            new Icmp(code, family, Code.NEXT).emit();
        }
        punt(code);
        code.a
                .label(Code.NEXT)
                .label(Code.COPY)
                .label(Claims.TARGET)
                .move(R0, NEXT)
                .exit();
        fence(code);
    }

    private void missed(Code code, Family family) {
        code.a
                .label(family.label(Flow.MISSED))
                .load(WORD, R9, R10, Stack.REST)
                .jump(EQUAL, R9, Stack.NOTHING, Code.NEXT)
                .jump(EQUAL, R9, Stack.FIRST, Code.NEXT)
                .jump(ABOVE, R9, Stack.FIRST, family.label(Icmp.BEGIN));
        new Datagrams(code, family).puntOrCopy();
    }

    private void punt(Code code) {
        code.a
                .label(Code.JAVA)
                .move(R1, MARK)
                .store(WORD, R6, SkBuff.MARK, R1)
                .label(AGAIN)
                .load(WORD, R1, R6, SkBuff.IFINDEX)
                .move(R2, INTO_INGRESS)
                .call(Helper.REDIRECT)
                .exit();
    }
}
