package hadirector.group;

import static java.util.Objects.requireNonNull;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.door.Door;
import hadirector.door.Refusals;
import hadirector.door.Refused;
import hadirector.keys.LiveKeys;
import hadirector.model.Endpoint;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The group on JGroups over one network: TCP, no multicast, members from the config only. A director's name travels in its
/// JGroups address, so a view names its members without a look-up. One port, on the director's address there only.
final class JGroupsLink implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsLink.class);

    private static final int EARLY_MAX = 1_024;

    private final String group;
    private final Door door;
    private final Refusals refusals;
    private final Envelope envelope;
    private final Membership membership;
    private final JChannel channel;

    /// Messages of directors that are not in our view yet: they may have it earlier than we. Guarded by itself.
    private final Queue<Message> early = new ArrayDeque<>();

    /// @param self this director's name, which has a link of that number
    /// @param number of the network, from 0
    /// @param run this start of the director
    JGroupsLink(Cluster cluster, String self, int number, long run, Optional<LiveKeys> keys, Refusals refusals)
            throws Exception {
        group = number == 0 ? cluster.name() : cluster.name() + "#" + number;
        this.refusals = refusals;
        var addresses = addresses(cluster, number);
        door = new Door(cluster.name(), byAddress(addresses), keys.map(own -> own::context), refusals);
        envelope = new Envelope(cluster.name());
        membership = new Membership(cluster.members().keySet());
        var own = requireNonNull(addresses.get(self), self);
        channel = new JChannel(
                        Stack.of(cluster.detection(), own, addresses.values(), door, refusals))
                .name(self);
        channel.getProtocolStack().getTransport().getDiagnosticsHandler().setEnabled(false);
        channel.addAddressGenerator(() -> DirectorAddress.of(self, run));
    }

    private static Map<String, Endpoint> addresses(Cluster cluster, int number) {
        var found = new LinkedHashMap<String, Endpoint>();
        cluster.members().forEach((name, addresses) -> {
            if (number < addresses.size()) {
                found.put(name, addresses.get(number));
            }
        });
        return found;
    }

    private static Map<InetAddress, Set<String>> byAddress(Map<String, Endpoint> addresses) {
        var names = new HashMap<InetAddress, Set<String>>();
        addresses.forEach((name, endpoint) ->
                names.computeIfAbsent(endpoint.toSocketAddress().getAddress(), _ -> new TreeSet<>()).add(name));
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
        channel.connect(group);
    }

    private void accept(org.jgroups.View view, Listener listener) {
        synchronized (early) {
            for (View step : membership.accept(view)) {
                listener.view(step, membership.runs());
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
        listener.message(sender, DirectorAddress.run(message.getSrc()), bytes, offset, message.getLength());
    }

    private void refuse(Refused kind, Message message, String why) {
        refusals.count(kind, String.valueOf(message.getSrc()), why);
    }

    @Override
    public void send(String member, byte kind, byte[] message, int length) throws InterruptedException {
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
    public Set<String> strangers() {
        return membership.strangers();
    }

    @Override
    public Map<String, Instant> keysUntil() {
        return door.validUntil();
    }

    @Override
    public void close() {
        channel.close();
    }
}
