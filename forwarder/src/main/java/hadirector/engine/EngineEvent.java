package hadirector.engine;

import java.time.Duration;
import java.util.Set;

/// What an engine tells its director.
public sealed interface EngineEvent {
    /// The interfaces that the engine needs and that have no carrier, are gone, or cannot be opened, changed to `down`.
    record LinksDown(Set<String> down) implements EngineEvent {}

    /// A snapshot for `group` has been applied to the table up to its end.
    ///
    /// @param epoch of the holding that it is a snapshot of
    /// @param verified whether number and digest of the entries were what the sender said
    record SnapshotApplied(String group, int epoch, boolean verified, int entries) implements EngineEvent {}

    /// A part of the connections of `group` here is not what its holder has, and is to be sent anew.
    ///
    /// @param here number of connections
    record ShardDiffers(String group, int shard, int here, int there) implements EngineEvent {}

    /// It has been sent anew.
    ///
    /// @param removed connections that the holder does not have
    record ShardRepaired(String group, int shard, int connections, int removed) implements EngineEvent {}

    /// The holder of `group` hands over to this director; all its entries are in place.
    record HandoverArrived(String group, int epoch) implements EngineEvent {}

    /// The first frame of a client went through after [ForwardingEngine#open].
    ///
    /// @param atNanos of System.nanoTime
    record FirstForwarded(String group, int epoch, long atNanos) implements EngineEvent {}

    /// The engine's thread stood still for longer than the lease. Its programs had stopped at the deadline by themselves, and it has closed
    /// these groups, as [ForwardingEngine#close] does, before it handled another frame or command. They open again only once
    /// [ForwardingEngine#close] has taken note of it: what was decided before does not count.
    ///
    /// @param pause since it last renewed
    record Fenced(Set<String> groups, Duration pause) implements EngineEvent {
        public Fenced {
            groups = Set.copyOf(groups);
        }
    }

    /// Another director says on the group's own LAN that it holds the group: a [Beacon] of its came, verified. At most one per 50 ms and
    /// group, also while this director holds the group itself.
    record HolderHeard(String group, String director, int epoch) implements EngineEvent {}

    /// Another director that held the group says there that it does so no more.
    record HolderLeft(String group, String director, int epoch) implements EngineEvent {}

    /// New connections of a service with [hadirector.model.SyncMode#COMMITTED] go on without waiting for other directors.
    record Uncommitted(String service, String why) implements EngineEvent {}

    /// They are waited for, and answer in time again.
    record Committed(String service) implements EngineEvent {}

    /// A service has so many half-open connections that from now on only some new ones are let in.
    ///
    /// @param synsPerSecond how many, of strangers and of clients that have proved their address each
    record Overloaded(String service, int halfOpen, long synsPerSecond) implements EngineEvent {}

    /// An overload is over.
    record Recovered(String service, int halfOpen) implements EngineEvent {}

    /// The engine has failed and closed its data path; the director must leave the cluster.
    record Failed(String why) implements EngineEvent {}
}
