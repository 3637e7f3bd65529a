package hadirector.proxy;

import hadirector.model.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;

/// Whether a machine answers at all, as far as one without privileges can tell: echo if it may be sent, else a TCP segment to the echo port, which a machine that
/// is there accepts or resets.
final class Reach {
    private Reach() {}

    /// Waits until the answer or until `wait` is over.
    static boolean reaches(IpAddress address, Duration wait) {
        try {
            return InetAddress.ofLiteral(address.toString()).isReachable(Math.max(1, Math.toIntExact(wait.toMillis())));
        } catch (IOException _) {
            return false;
        }
    }
}
