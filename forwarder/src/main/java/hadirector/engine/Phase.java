package hadirector.engine;

/// How far a VIP group is this director's. In a planned hand-over two forward and one answers:
///
/// ```
///   new holder   CLOSED --> PREPARED ------------------> OPEN
///                              | holds                    ^ last entries are here
///   old holder               OPEN --> LEFT ---------------+-- seconds --> CLOSED
/// ```
enum Phase {
    CLOSED,

    /// Ready to forward, while the last holder still answers. What would begin a connection waits: a realserver would answer it by way of the last holder.
    PREPARED,

    OPEN,

    /// What still comes is forwarded if it belongs to a connection that was here before, else passed on to the director that answers now.
    LEFT
}
