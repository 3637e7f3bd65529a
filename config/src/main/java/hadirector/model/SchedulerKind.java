package hadirector.model;

import java.util.Locale;

/// The schedulers by their ipvsadm names.
public enum SchedulerKind {
    /// Round robin.
    RR,
    /// Weighted round robin.
    WRR,
    /// Least connections.
    LC,
    /// Weighted least connections.
    WLC,
    /// Source hashing.
    SH,
    /// Maglev hashing.
    MH;

    /// The config word: `rr`, `wlc`, ...
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
