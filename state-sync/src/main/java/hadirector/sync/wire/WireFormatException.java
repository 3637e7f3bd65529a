package hadirector.sync.wire;

/// Bytes from a peer that are not a message of this format; the text says what is wrong with them.
public final class WireFormatException extends Exception {
    private static final long serialVersionUID = 1;

    WireFormatException(String why) {
        super(why, null, false, false); // No stack trace: a peer can cause as many as it likes.
    }
}
