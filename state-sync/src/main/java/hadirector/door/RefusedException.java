package hadirector.door;

import java.io.IOException;

/// The other end of a connection may not speak for a member.
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    final Refused kind;

    RefusedException(Refused kind, String why) {
        super(why);
        this.kind = kind;
    }
}
