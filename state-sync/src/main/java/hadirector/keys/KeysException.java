package hadirector.keys;

/// Keys that are missing or cannot be used; the message is for operators and says which file and what to do.
public final class KeysException extends Exception {
    private static final long serialVersionUID = 1;

    public KeysException(String message) {
        super(message);
    }

    KeysException(String message, Exception cause) {
        super(message, cause);
    }
}
