package hadirector.keys;

/// Keys that are missing or cannot be used, for operators.
public final class KeysException extends Exception {
    private static final long serialVersionUID = 1;

    private final String what;
    private final String remedy;

    /// @param what is wrong, and with which file
    /// @param remedy the command that mends it, or the choice that there is
    KeysException(String what, String remedy) {
        super(what + "; mend it by: " + remedy);
        this.what = what;
        this.remedy = remedy;
    }

    KeysException(String what, String remedy, Exception cause) {
        this(what, remedy);
        initCause(cause);
    }

    public String what() {
        return what;
    }

    public String remedy() {
        return remedy;
    }
}
