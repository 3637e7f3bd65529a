package hadirector.fastpath;

import hadirector.ebpf.BpfMap;
import hadirector.ebpf.BpfProgram;
import hadirector.linux.ErrnoException;
import hadirector.netlink.Clsact;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// The program at the interfaces' egress ([TcEgressHook]), which is there only while some realserver is this host: then everything that the
/// host sends is looked up. For one thread.
final class EgressPath implements AutoCloseable {
    /// Datagrams in fragments that are on their way out; each is so for a moment.
    private static final int FRAGMENTS_MAX = 4_096;

    private final Map<Integer, ClassifierHook.Attachment> attachments = new HashMap<>();
    private final ClassifierHook hook;
    private final BpfMap fragments;
    private final BpfProgram program;

    private EgressPath(ClassifierHook hook, BpfMap fragments, BpfProgram program) {
        this.hook = hook;
        this.fragments = fragments;
        this.program = program;
    }

    /// @param loader makes the program from the descriptor of its map of fragments
    static EgressPath load(ClassifierHook hook, IntFunction<BpfProgram> loader) {
        var fragments = BpfMap.lruHash("hd_fragments", TcEgressHook.FRAGMENT_KEY_LENGTH, Integer.BYTES, FRAGMENTS_MAX);
        try {
            return new EgressPath(hook, fragments, loader.apply(fragments.fd()));
        } catch (RuntimeException e) {
            fragments.close();
            throw e;
        }
    }

    BpfProgram program() {
        return program;
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
        fragments.close();
    }
}
