package hadirector.fastpath;

import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Clsact;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The program at the interfaces' egress ([TcEgressHook]), which is there only while some realserver is this host: then everything that the
/// host sends is looked up. For one thread.
final class EgressPath implements AutoCloseable {
    private final Map<Integer, ClassifierHook.Attachment> attachments = new HashMap<>();
    private final ClassifierHook hook;
    private final BpfProgram program;

    /// @param program closed with this
    EgressPath(ClassifierHook hook, BpfProgram program) {
        this.hook = hook;
        this.program = program;
    }

    /// @throws ErrnoException ENODEV if there is no such interface
    void attach(int ifindex) {
        attachments.computeIfAbsent(ifindex, i -> hook.attach(program, i, Clsact.Side.EGRESS));
    }

    void detach(int ifindex) {
        var attachment = attachments.remove(ifindex);
        if (attachment != null) {
            attachment.close();
        }
    }

    @Override
    public void close() {
        List.copyOf(attachments.keySet()).forEach(this::detach);
        program.close();
    }
}
