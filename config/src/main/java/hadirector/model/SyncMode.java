package hadirector.model;

import java.util.Locale;

/// How a service's connections get to the other directors.
public enum SyncMode {
    /// At once, beside the traffic: those of the last milliseconds may be lost with their holder.
    ASYNC,
    /// The first packet of each waits until the others have it.
    COMMITTED,
    /// Not at all: they end with their holder.
    NONE;

    /// The config word: `async`, `committed`, `none`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
