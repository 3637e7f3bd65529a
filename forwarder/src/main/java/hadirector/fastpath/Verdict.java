package hadirector.fastpath;

/// What the programs count, under the names that the engine counts it by.
public enum Verdict {
    /// By the kernel alone.
    FRAMES_FORWARDED(0),
    /// For an address or a connection of a group whose deadline has passed.
    DROP_CLOSED(1);

    /// Its entry in [SharedMaps#verdicts].
    public final int index;

    Verdict(int index) {
        this.index = index;
    }
}
