package hadirector.role;

import java.util.List;
import java.util.Map;

/// What can happen to a group's role on one director.
public sealed interface Event {
    /// A new view of the cluster; `members` has this director in it.
    ///
    /// @param merged whether partitions came together again
    record ViewChanged(List<String> members, boolean merged) implements Event {
        public ViewChanged {
            members = List.copyOf(members);
        }
    }

    /// What has come of the holding that is followed is with the table. Told before a view, after which nothing more may come.
    ///
    /// @param epoch of the holding
    /// @param position up to which its changes are here
    record Received(int epoch, long position) implements Event {}

    /// Another director has told its standing.
    record Heard(Standing standing) implements Event {}

    /// A member speaks a version that this director cannot read. It may hold the group, so nobody here claims
    /// it while that member is in the view and has told nothing readable.
    record Unreadable(String member) implements Event {}

    /// Whether this director could serve now: its links are up and its engine runs.
    ///
    /// @param why not; empty if fit
    /// @param weight added to its priority, by its tracked scripts
    record Fitness(boolean fit, String why, int weight) implements Event {
        public Fitness(boolean fit, String why) {
            this(fit, why, 0);
        }
    }

    /// The engine stood still for longer than its lease and has closed the group, or this director has otherwise lost its time:
    /// what was heard before it counts for nothing.
    record Fenced(String why) implements Event {}

    /// Another director says on a client network that it holds the group.
    record HolderHeard(String director, int epoch) implements Event {}

    /// Another director says there that it does so no more.
    record HolderLeft(String director, int epoch) implements Event {}

    /// Whether a gateway of the arbiter answers now.
    record GatewaySeen(boolean seen) implements Event {}

    /// The engine has failed and closed its data path; it cannot hand over any more.
    record EngineFailed(String why) implements Event {}

    /// A snapshot has been applied, or the stream of changes has been found broken.
    ///
    /// @param epoch of the holding that the snapshot or stream came from; others are ignored
    /// @param verified whether the table now is a true copy
    record Synced(int epoch, boolean verified) implements Event {}

    /// The holder's changes until now and then its hand-over have arrived: this director shall hold under `epoch`. If it does so already, nothing more will come
    /// of that holder, which answers no more.
    record HandoverArrived(int epoch) implements Event {}

    /// An operator wants to move the group.
    record FailoverRequested(FailoverRequest request) implements Event {}

    /// This process will end (SIGTERM): hand over first.
    record Stopping() implements Event {}

    /// The configuration has changed. It moves nothing, except from a holder that is not listed any more.
    record Reconfigured(Map<String, Integer> priority, boolean preempt, int configDigest) implements Event {
        public Reconfigured {
            priority = Map.copyOf(priority);
        }
    }

    /// The guard of a claim agrees: nobody else answers for the group's addresses.
    record GuardPassed(int epoch) implements Event {}

    /// The guard of a claim refuses; the claim is given up for a while.
    record GuardFailed(int epoch, String why) implements Event {}

    /// Time goes on; due every 100 ms or so.
    record Tick() implements Event {}
}
