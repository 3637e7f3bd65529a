package hadirector.group;

import hadirector.config.DirectorConfig.Cluster;
import java.util.Map;

/// The group on JGroups: TCP, no multicast, members from the config only.
public final class JGroupsChannel implements ClusterChannel {
    /// @param self this director's name, a key of `cluster.members`
    public JGroupsChannel(Cluster cluster, String self) {
        if (!cluster.members().containsKey(self)) {
            throw new IllegalArgumentException(self + " is not a member of cluster " + cluster.name());
        }
    }

    @Override
    public void connect(Listener listener) throws Exception {
        throw new UnsupportedOperationException("not landed yet");
    }

    @Override
    public void send(String member, MessageKind kind, byte[] message, int length) throws InterruptedException {}

    @Override
    public Map<String, String> warnings() {
        return Map.of();
    }

    @Override
    public void close() {}
}
