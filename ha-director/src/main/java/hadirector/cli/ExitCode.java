package hadirector.cli;

/// What the exit codes of every command mean; the same list is in each `--help` and in director(8).
public final class ExitCode {
    public static final int OK = 0;
    /// It failed, or the director is not healthy.
    public static final int FAILED = 1;
    /// The command line or the config file is wrong; picocli uses the same for its own errors.
    public static final int USAGE = 2;
    /// The director refused.
    public static final int REFUSED = 3;
    /// No director answers on the socket.
    public static final int NO_DIRECTOR = 4;

    private ExitCode() {}
}
