package hadirector.fastpath;

import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// One program at its place on several interfaces. For one thread.
final class HookedProgram implements AutoCloseable {
    private final Map<Integer, ClassifierHook.Attachment> attachments = new HashMap<>();
    private final BpfProgram program;
    private final IntFunction<ClassifierHook.Attachment> attach;

    /// @param program closed with this
    /// @param attach puts it at an interface
    HookedProgram(BpfProgram program, IntFunction<ClassifierHook.Attachment> attach) {
        this.program = program;
        this.attach = attach;
    }

    /// Again: nothing.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    void attach(int ifindex) {
        attachments.computeIfAbsent(ifindex, attach::apply);
    }

    void detach(int ifindex) {
        var attachment = attachments.remove(ifindex);
        if (attachment != null) {
            attachment.close();
        }
    }

    /// On the interfaces where it is now.
    List<Integer> interfaces() {
        return List.copyOf(attachments.keySet());
    }

    @Override
    public void close() {
        interfaces().forEach(this::detach);
        program.close();
    }
}
