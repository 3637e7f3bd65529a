package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.protocols.FD_SOCK2;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The group on JGroups: TCP, no multicast, members from the config only. A director's name travels in its JGroups
/// address, so a view names its members without a look-up.
///
/// Ports: the director's own, and that plus 100 for FD_SOCK2, both on the director's cluster address only.
public final class JGroupsChannel implements ClusterChannel {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsChannel.class);

    private static final int EARLY_MAX = 1_024;
    private static final long SETTLE_NANOS = 2_000_000_000L;

    private final String cluster;
    private final Membership membership;
    private final JChannel channel;

    /// Messages of directors that are not in our view yet: they may have it earlier than we. Guarded by itself.
    private final Queue<Message> early = new ArrayDeque<>();

    private volatile long viewNanos;

    /// @param self this director's name, a key of `cluster.members`
    public JGroupsChannel(Cluster cluster, String self) throws Exception {
        var endpoint = cluster.address(self)
                .orElseThrow(() -> new IllegalArgumentException(self + " is not a member of cluster " + cluster.name()));
        this.cluster = cluster.name();
        membership = new Membership(cluster.members().keySet());
        channel = new JChannel(Stack.of(cluster, endpoint)).name(self);
        channel.getProtocolStack().getTransport().getDiagnosticsHandler().setEnabled(false);
        channel.addAddressGenerator(() -> DirectorAddress.of(self));
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
        viewNanos = System.nanoTime();
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
        if (sender == null || !message.hasArray() || message.getLength() == 0) {
            membership.refused();
            return;
        }
        byte[] bytes = message.getArray();
        var kind = MessageKind.of(bytes[message.getOffset()]);
        if (kind == null) {
            membership.refused();
            return;
        }
        listener.message(sender, kind, bytes, message.getOffset() + 1, message.getLength() - 1);
    }

    @Override
    public void send(String member, MessageKind kind, byte[] message, int length) throws InterruptedException {
        var address = membership.address(member);
        if (address == null) {
            return;
        }
        byte[] bytes = new byte[1 + length];
        bytes[0] = kind.number();
        System.arraycopy(message, 0, bytes, 1, length);
        try {
            channel.send(new BytesMessage(address, bytes));
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
        if (membership.refusals() > 0) {
            found.put("refused messages", Long.toString(membership.refusals()));
        }
        boolean settled = System.nanoTime() - viewNanos > SETTLE_NANOS;
        if (settled && channel.isConnected() && channel.getView().size() > 1 && !watchesNeighbour()) {
            found.put(
                    "failure detection",
                    "no FD_SOCK2 connection to the next director: a kill is only noticed by silence;"
                            + " is port " + detectorPort() + " open?");
        }
        return found;
    }

    /// Whether the death of the next director would be seen at once.
    boolean watchesNeighbour() {
        var detector = detector();
        return detector != null && detector.getClientState().equals("CONNECTED");
    }

    private int detectorPort() {
        var detector = detector();
        return detector == null ? 0 : detector.getActualBindPort();
    }

    private @Nullable FD_SOCK2 detector() {
        return channel.getProtocolStack().findProtocol(FD_SOCK2.class);
    }

    @Override
    public void close() {
        channel.close();
    }
}
