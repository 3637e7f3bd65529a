package hadirector.director;

import hadirector.admin.Answer;
import hadirector.admin.ConnectionFilter;
import hadirector.admin.Operations;
import hadirector.admin.StatusReport;
import hadirector.admin.TakeoverReport;
import hadirector.conn.ConnectionEntry;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.Whereabouts;
import hadirector.health.Target;
import hadirector.model.Endpoint;
import hadirector.model.Protocol;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// What an operator asks of a director. Any thread; what decides is done on the director's.
final class Operators implements Operations {
    /// Longer than an engine may take to answer.
    private static final long ANSWER_SECONDS = 30;

    private final Loop loop;
    private final Supplier<StatusReport> status;
    private final ForwardingEngine engine;
    private final GroupSet groups;
    private final RealServers servers;
    private final PeerMessages peers;
    private final Failovers failovers;
    private final Takeovers takeovers;
    private final Reload reload;

    Operators(
            Loop loop,
            Supplier<StatusReport> status,
            ForwardingEngine engine,
            GroupSet groups,
            RealServers servers,
            PeerMessages peers,
            Failovers failovers,
            Takeovers takeovers,
            Reload reload) {
        this.loop = loop;
        this.status = status;
        this.engine = engine;
        this.groups = groups;
        this.servers = servers;
        this.peers = peers;
        this.failovers = failovers;
        this.takeovers = takeovers;
        this.reload = reload;
    }

    @Override
    public StatusReport status() {
        return status.get();
    }

    @Override
    public List<ConnectionEntry> connections(ConnectionFilter filter, int limit) {
        return engine.connections(filter, limit);
    }

    @Override
    public Whereabouts where(Protocol protocol, Endpoint client, Endpoint virtual) {
        return engine.where(protocol, client, virtual);
    }

    @Override
    public List<TakeoverReport> failovers() {
        return takeovers.reports();
    }

    @Override
    public Answer failover(String group, Optional<String> target, boolean force) {
        if (!groups.names().contains(group)) {
            return new Answer.Invalid("no group " + group);
        }
        return failovers.ask(
                group, target, force, request -> loop.execute(() -> groups.failover(group, request)));
    }

    @Override
    public Answer drain(String service, Endpoint realServer) {
        return override(new Target(service, realServer), true);
    }

    @Override
    public Answer enable(String service, Endpoint realServer) {
        return override(new Target(service, realServer), false);
    }

    private Answer override(Target target, boolean drain) {
        long began = System.nanoTime();
        return onLoop(
                () -> {
                    var word = servers.override(target, drain, "operator");
                    if (word.isEmpty()) {
                        return new Answer.Invalid("no realserver " + target + " in the config");
                    }
                    peers.tellOthers(word.get());
                    return new Answer.Done(
                            target + (drain ? " is draining" : " is enabled"), (System.nanoTime() - began) / 1_000_000);
                });
    }

    /// The answer that the director's thread gives; an operator does not wait for ever for one that is stuck.
    Answer onLoop(Supplier<Answer> task) {
        try {
            return loop.ask(task).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException _) {
            return new Answer.Failed("the director is busy; it may still do it");
        } catch (ExecutionException e) {
            return new Answer.Failed(String.valueOf(e.getCause()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.Failed("interrupted");
        }
    }

    @Override
    public Answer reload(boolean dryRun) {
        return reload.run(dryRun);
    }
}
