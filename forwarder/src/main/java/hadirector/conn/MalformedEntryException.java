package hadirector.conn;

/// Bytes from elsewhere are not a connection entry.
public final class MalformedEntryException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedEntryException(String message) {
        super(message);
    }
}
