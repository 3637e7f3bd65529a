package hadirector.engine;

/// How a [PacketEngine] works.
///
/// @param connectionsMax that fit
/// @param offload whether the kernel may forward the packets of connections that it knows; else all go through Java
/// @param accelerate whether XDP programs stand before the classifiers
public record EngineOptions(int connectionsMax, boolean offload, Accelerate accelerate) {
    /// `director.engine.accelerate`.
    public enum Accelerate {
        /// Where it is worth it: on interfaces with a driver of its own.
        AUTO,
        /// On every interface, else say why not.
        XDP,
        OFF
    }

    /// The usual ones.
    public static EngineOptions of(int connectionsMax) {
        return new EngineOptions(connectionsMax, true, Accelerate.AUTO);
    }
}
