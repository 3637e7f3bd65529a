package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.door.Door;
import hadirector.door.Refusals;
import hadirector.door.Refused;
import hadirector.keys.Identity;
import hadirector.keys.KeysException;
import hadirector.keys.LiveKeys;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The group on JGroups: TCP, no multicast, members from the config only. A director's name travels in its JGroups
/// address, so a view names its members without a look-up. One port, on the director's cluster address only.
public final class JGroupsChannel implements ClusterChannel {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsChannel.class);

    private static final int EARLY_MAX = 1_024;
    private static final Duration KEYS_END_SOON = Duration.ofDays(30);

    private final String cluster;
    private final String self;
    private final Optional<LiveKeys> keys;
    private final Door door;
    private final Refusals refusals;
    private final Envelope envelope;
    private final Membership membership;
    private final JChannel channel;

    /// Messages of directors that are not in our view yet: they may have it earlier than we. Guarded by itself.
    private final Queue<Message> early = new ArrayDeque<>();

    /// @param self this director's name, a key of `cluster.members`
    /// @throws KeysException if the traffic is to be encrypted and the keys cannot be used
    public JGroupsChannel(Cluster cluster, String self) throws Exception {
        var endpoint = cluster.address(self)
                .orElseThrow(() -> new IllegalArgumentException(self + " is not a member of cluster " + cluster.name()));
        this.cluster = cluster.name();
        this.self = self;
        keys = keys(cluster, self);
        refusals = new Refusals(self);
        door = new Door(cluster.name(), addresses(cluster), keys.map(own -> own::context), refusals);
        envelope = new Envelope(cluster.name());
        membership = new Membership(cluster.members().keySet());
        channel = new JChannel(Stack.of(cluster, endpoint, new ClusterSockets(door), refusals)).name(self);
        channel.getProtocolStack().getTransport().getDiagnosticsHandler().setEnabled(false);
        channel.addAddressGenerator(() -> DirectorAddress.of(self));
    }

    private static Optional<LiveKeys> keys(Cluster cluster, String self) throws KeysException {
        return cluster.keys().isPresent()
                ? Optional.of(new LiveKeys(
                        cluster.keys().get().resolve(self + ".pem"), new Identity(cluster.name(), self)))
                : Optional.empty();
    }

    private static Map<InetAddress, Set<String>> addresses(Cluster cluster) {
        var names = new HashMap<InetAddress, Set<String>>();
        for (String member : cluster.members().keySet()) {
            var address = cluster.address(member).orElseThrow().toSocketAddress().getAddress();
            names.computeIfAbsent(address, _ -> new TreeSet<>()).add(member);
        }
        return names;
    }

    @Override
    public void connect(Listener listener) throws Exception {
        channel.setReceiver(new Receiver() {
            @Override
            public void viewAccepted(org.jgroups.View view) {
                accept(view, listener);
            }

            @Override
            public void receive(Message message) {
                deliver(message, listener);
            }
        });
        channel.connect(cluster);
    }

    private void accept(org.jgroups.View view, Listener listener) {
        synchronized (early) {
            for (View step : membership.accept(view)) {
                LOG.info("view number={} members={} merged={}", step.number(), step.members(), step.merged());
                listener.view(step);
            }
            for (Message message : early) {
                deliver(membership.present(message.getSrc()), message, listener);
            }
            early.clear();
            membership.hear();
        }
    }

    private void deliver(Message message, Listener listener) {
        String sender = membership.heard(message.getSrc());
        if (sender == null) {
            synchronized (early) {
                sender = membership.heard(message.getSrc());
                if (sender == null && membership.isConfigured(message.getSrc()) && early.size() < EARLY_MAX) {
                    early.add(message);
                    return;
                }
            }
        }
        deliver(sender, message, listener);
    }

    private void deliver(@Nullable String sender, Message message, Listener listener) {
        if (sender == null || !message.hasArray() || message.getLength() < Envelope.LENGTH) {
            refuse(Refused.UNREADABLE, message, "not of a member in view, or too short");
            return;
        }
        byte[] bytes = message.getArray();
        int offset = message.getOffset();
        if (!envelope.isOurs(bytes, offset)) {
            refuse(Refused.OTHER_CLUSTER, message, "a message of another cluster");
            return;
        }
        var kind = MessageKind.of(bytes[offset]);
        if (kind == null) {
            refuse(Refused.UNREADABLE, message, "of kind " + bytes[offset]);
            return;
        }
        listener.message(
                sender, kind, bytes, offset + Envelope.LENGTH, message.getLength() - Envelope.LENGTH);
    }

    private void refuse(Refused kind, Message message, String why) {
        refusals.count(kind, String.valueOf(message.getSrc()), why);
    }

    @Override
    public void send(String member, MessageKind kind, byte[] message, int length) throws InterruptedException {
        var address = membership.address(member);
        if (address == null) {
            return;
        }
        try {
            channel.send(new BytesMessage(address, envelope.around(kind, message, length)));
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            LOG.debug("not sent to={} kind={}", member, kind, e); // Leaving, or the member has just gone.
        }
    }

    @Override
    public Map<String, String> warnings() {
        var found = new TreeMap<String, String>();
        var strangers = membership.strangers();
        if (!strangers.isEmpty()) {
            found.put("strangers", "not in cluster.members, ignored: " + String.join(", ", strangers));
        }
        keys.flatMap(LiveKeys::trouble).ifPresent(why -> found.put("keys", why));
        var soon = Instant.now().plus(KEYS_END_SOON);
        stats().keysUntil().forEach((member, end) -> {
            if (end.isBefore(soon)) {
                found.put("keys of " + member, "valid until %s; mend it by: director keys --renew".formatted(end));
            }
        });
        return found;
    }

    @Override
    public GroupStats stats() {
        var until = new TreeMap<>(door.validUntil());
        keys.ifPresent(own -> until.put(self, own.expires()));
        return new GroupStats(keys.isPresent(), until, refusals.counts());
    }

    @Override
    public void close() {
        channel.close();
    }
}
