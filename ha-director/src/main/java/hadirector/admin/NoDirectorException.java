package hadirector.admin;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;

/// No director answers on the control socket; the message says why and what to do.
public final class NoDirectorException extends Exception {
    private static final long serialVersionUID = 1;

    NoDirectorException(String message, IOException cause) {
        super(message, cause);
    }

    static String explain(Path path, IOException cause) {
        String text = "no director answers on " + path + ": ";
        if (cause instanceof ClosedChannelException) {
            return text + "it accepted, and was silent for too long (paused? see its log)";
        }
        String message = String.valueOf(cause.getMessage());
        if (message.contains("ermission denied")) {
            return text + "permission denied; be root, or a member of the socket's group (see ls -l " + path + ")";
        }
        if (!Files.exists(path)) {
            return text + "there is no such socket; is it running (systemctl status ha-director), or its"
                    + " admin-socket another (--socket, --config)?";
        }
        return text + message;
    }
}
