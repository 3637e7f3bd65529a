package hadirector.director;

import com.fasterxml.jackson.core.JsonProcessingException;
import hadirector.admin.TakeoverReport;
import hadirector.group.ClusterChannel;
import hadirector.group.View;
import hadirector.role.Event;
import hadirector.role.FailoverRequest;
import hadirector.role.RefusedMessage;
import hadirector.role.RoleCodec;
import hadirector.role.RoleMessage;
import hadirector.role.Standing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/// What directors say to each other beside replication: standings, drains, failovers. The director's thread, except where said.
final class PeerMessages implements AutoCloseable {
    /// To a director that has joined.
    private static final int REPORTS_TOLD = 8;

    private final String self;
    private final ControlBus bus;
    private final RoleCodec codec;
    private final GroupSet groups;
    private final RealServers servers;
    private final Failovers failovers;
    private final Takeovers takeovers;
    private final EventLog log;
    private final Refusals refusals = new Refusals();
    private final Map<String, Integer> digests = new ConcurrentHashMap<>();
    private List<String> others = List.of();

    PeerMessages(
            String cluster,
            String self,
            ClusterChannel channel,
            GroupSet groups,
            RealServers servers,
            Failovers failovers,
            Takeovers takeovers,
            EventLog log) {
        this.self = self;
        bus = new ControlBus(channel);
        codec = new RoleCodec(cluster);
        this.groups = groups;
        this.servers = servers;
        this.failovers = failovers;
        this.takeovers = takeovers;
        this.log = log;
    }

    void viewed(View next) {
        digests.keySet().retainAll(next.members());
        refusals.forget();
        others = next.members().stream().filter(name -> !name.equals(self)).toList();
    }

    void tellOthers(RoleMessage message) {
        bus.sendAll(others, codec.encode(message));
    }

    void tell(String peer, RoleMessage message) {
        bus.send(peer, codec.encode(message));
    }

    /// To whoever asked for the failover, this director or another.
    void answer(String group, FailoverRequest request, FailoverRequest.Outcome outcome) {
        if (request.origin().equals(self)) {
            failovers.ended(request.id(), outcome);
        } else {
            tell(request.origin(), new RoleMessage.Answered(group, request.id(), outcome));
        }
    }

    /// Takes a message of `sender`; what it means is done on `loop`. Any thread.
    void arrived(String sender, byte[] message, int offset, int length, Executor loop) {
        try {
            var known = codec.decode(message, offset, length);
            loop.execute(() -> received(sender, known));
        } catch (RefusedMessage refused) {
            loop.execute(() -> refused(sender, refused));
        }
    }

    private void received(String sender, RoleMessage message) {
        switch (message) {
            case RoleMessage.Told(Standing standing) -> told(sender, standing);
            case RoleMessage.Ask(String group, FailoverRequest request) -> asked(sender, group, request);
            case RoleMessage.Answered(String _, long request, var outcome) -> failovers.ended(request, outcome);
            case RoleMessage.ServerOverride override -> servers.heard(override, sender);
            case RoleMessage.Takeover(String json) -> takeover(sender, json);
        }
    }

    private void takeover(String sender, String json) {
        try {
            takeovers.received(TakeoverReport.ofJson(json), System.nanoTime(), System.currentTimeMillis())
                    .ifPresent(whole -> tellOthers(new RoleMessage.Takeover(whole.toJson())));
        } catch (JsonProcessingException e) {
            if (refusals.isNew(sender, RefusedMessage.Reason.MALFORMED)) {
                log.warn("refused-report", "sender", sender, "why", e.getOriginalMessage());
            }
        }
    }

    private void asked(String sender, String group, FailoverRequest request) {
        if (request.origin().equals(sender)) { // Nobody speaks for another.
            groups.failover(group, request);
        }
    }

    private void told(String sender, Standing standing) {
        if (!standing.director().equals(sender) || !others.contains(sender)) {
            return;
        }
        takeovers.heard(standing, System.nanoTime());
        var before = digests.put(sender, standing.configDigest());
        if (before == null || before != standing.configDigest()) { // It has joined, or has other realservers now.
            servers.words().forEach(word -> tell(sender, word));
            takeovers.reports().stream()
                    .limit(REPORTS_TOLD)
                    .forEach(report -> tell(sender, new RoleMessage.Takeover(report.toJson())));
        }
        boolean known = groups.feed(standing.group(), new Event.Heard(standing));
        if (!known && standing.priority() != Standing.NOT_LISTED) {
            tell(sender, new RoleMessage.Told(groups.stranger(standing.group())));
        }
    }

    /// A kind of message that is new is skipped; a sender of another version may hold groups.
    private void refused(String sender, RefusedMessage refused) {
        if (refusals.isNew(sender, refused.reason())) {
            log.warn("refused-message", "sender", sender, "reason", refused.reason(), "why", String.valueOf(refused.getMessage()));
        }
        if (refused.reason() == RefusedMessage.Reason.VERSION) {
            groups.feedAll(new Event.Unreadable(sender));
        }
    }

    /// Directors whose config differs from that of `own` digest. Any thread.
    Map<String, String> warnings(int own) {
        var found = new LinkedHashMap<String, String>();
        digests.forEach((name, digest) -> {
            if (digest != own) {
                found.put("config", name + " has other groups or services in its config file");
            }
        });
        return found;
    }

    @Override
    public void close() {
        bus.close();
    }
}
