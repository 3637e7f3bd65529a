package hadirector.fastpath;

import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One program at its place on several interfaces. For one thread.
final class HookedProgram implements AutoCloseable {
    private final Map<Integer, ClassifierHook.Attachment> attachments = new HashMap<>();
    private final ClassifierHook hook;
    private final ClassifierHook.Place place;
    private final BpfProgram program;

    /// @param program closed with this
    HookedProgram(ClassifierHook hook, ClassifierHook.Place place, BpfProgram program) {
        this.hook = hook;
        this.place = place;
        this.program = program;
    }

    /// Again: nothing.
    ///
    /// @throws ErrnoException ENODEV if there is no such interface
    void attach(int ifindex) {
        attachments.computeIfAbsent(ifindex, i -> hook.attach(program, i, place));
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
