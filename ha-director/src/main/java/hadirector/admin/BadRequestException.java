package hadirector.admin;

/// A request that cannot be understood; the message is for the client.
public final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    public BadRequestException(String message) {
        super(message);
    }
}
