package hadirector.fastpath;

/// What the programs count, under the names that the engine counts it by.
public enum Verdict {
    /// By the kernel alone.
    FRAMES_FORWARDED(0),
    /// For an address or a connection of a group whose deadline has passed.
    DROP_CLOSED(1),
    /// The service's access list denies the client.
    DROP_DENIED(2),
    /// A first segment, and the service has had as many as may come now.
    DROP_SYN_BUDGET(3),
    /// A segment that belongs to no connection, and the service has had as many as may come now.
    DROP_STRAY_BUDGET(4),
    /// A first segment answered by a challenge.
    SYN_CHALLENGED(5),
    /// The answer to a challenge.
    SOURCES_PROVEN(6),
    /// A new connection that the kernel scheduled.
    CONNECTIONS_MADE(7),
    /// What the engine sent when the lease of this process had passed.
    DROP_FENCED(8);

    /// Its entry in [SharedMaps#verdicts].
    public final int index;

    Verdict(int index) {
        this.index = index;
    }
}
