package hadirector.ebpf;

import hadirector.linux.Errno;

/// The kernel refused a program; [#log] is what its verifier said, the last lines of it are in the message.
public final class VerifierException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int LINES_SHOWN = 12;

    private final int errno;
    private final String log;

    VerifierException(String program, int errno, String log) {
        super("BPF program %s refused: %s%s".formatted(program, Errno.text(errno), tail(log)));
        this.errno = errno;
        this.log = log;
    }

    public int errno() {
        return errno;
    }

    public String log() {
        return log;
    }

    private static String tail(String log) {
        var lines = log.lines().toList();
        return lines.isEmpty() ? "" : "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }
}
