package hadirector.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How a [PacketEngine] works.
///
/// @param connectionsMax that fit
/// @param offload whether the kernel may forward the packets of connections that it knows; else all go through Java
/// @param accelerate whether XDP programs stand before the classifiers
/// @param lease how long the data path of a group may go on without a word of the engine's thread
/// @param pinning where a process that is killed leaves its connections to the next one; empty: nowhere
public record EngineOptions(
        int connectionsMax, boolean offload, Accelerate accelerate, Duration lease, Optional<Pinning> pinning) {
    /// Two thirds of the default `detection`.
    public static final Duration LEASE = Duration.ofMillis(400);

    /// Several times of what the engine's thread takes between two renewals.
    public static final Duration LEASE_MIN = Duration.ofMillis(100);

    /// `director.engine.accelerate`.
    public enum Accelerate {
        /// Where it is worth it: on interfaces with a driver of its own.
        AUTO,
        /// On every interface, else say why not.
        XDP,
        OFF
    }

    public EngineOptions {
        if (lease.compareTo(LEASE_MIN) < 0) {
            throw new IllegalArgumentException("a lease of " + lease);
        }
    }

    /// @param at a folder in a BPF file system; empty: `/sys/fs/bpf` if it is there and can be written to
    /// @param owner the director's name, unique on this machine
    public record Pinning(Optional<Path> at, String owner) {}

    /// Pinning nothing.
    public EngineOptions(int connectionsMax, boolean offload, Accelerate accelerate, Duration lease) {
        this(connectionsMax, offload, accelerate, lease, Optional.empty());
    }

    /// With the usual lease.
    public EngineOptions(int connectionsMax, boolean offload, Accelerate accelerate) {
        this(connectionsMax, offload, accelerate, LEASE);
    }

    /// The usual ones.
    public static EngineOptions of(int connectionsMax) {
        return new EngineOptions(connectionsMax, true, Accelerate.AUTO);
    }
}
