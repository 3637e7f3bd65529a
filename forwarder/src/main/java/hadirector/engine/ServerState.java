package hadirector.engine;

import hadirector.fastpath.SharedMaps;
import hadirector.conn.ConnectionState;
import hadirector.conn.ConnectionTable;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.RealServer;
import hadirector.model.TunnelKind;
import org.jspecify.annotations.Nullable;

/// One realserver of one service as the owner thread knows it. It outlives its place in the config until its last
/// connection has ended; then it has no slot in the pool.
final class ServerState {
    static final int DRAINED = -1;

    final int id;
    final ServiceState service;
    final Endpoint endpoint;
    final Hop hop;
    RealServer config;

    /// Whether replies or errors about packets come back by this director: of its method now, or of one that its connections may still have.
    boolean behind;

    /// The outer header that its packets get, see [TunnelTable].
    @Nullable TunnelKind tunnel;

    @Nullable IpAddress tunnelSource;
    int slot = DRAINED;
    int weight;
    boolean up;
    int active;
    int inactive;
    /// Of `inactive`, in TIME_WAIT or CLOSE.
    int ended;
    long scheduled;
    long packetsIn;
    long packetsOut;
    long bytesIn;
    long bytesOut;

    ServerState(int id, ServiceState service, RealServer config, Hop hop) {
        this.id = id;
        this.service = service;
        this.config = config;
        this.hop = hop;
        endpoint = config.endpoint();
        weight = config.weight();
        adopt(config);
    }

    /// Takes over what may change while it has connections.
    void adopt(RealServer next) {
        config = next;
        behind |= next.method() != ForwardingMethod.DIRECT_ROUTING;
    }

    /// Enters a connection of a client of its service with it.
    ///
    /// @return as [ConnectionTable#insert]
    int insert(ConnectionTable table, long clientHigh, long clientLow, int clientPort, ConnectionState state, long now) {
        var vip = service.config.vip();
        return table.insert(
                service.config.protocol().number(),
                clientHigh,
                clientLow,
                clientPort,
                vip.address().high(),
                vip.address().low(),
                vip.port(),
                endpoint.address().high(),
                endpoint.address().low(),
                endpoint.port(),
                config.method().number(),
                state.number(),
                service.id,
                id,
                service.group.index,
                now + service.timeouts.nanos(state.number()),
                now);
    }

    /// Counts connections that begin (1), end (-1) or change sides (1 and -1), here and in the pool.
    void count(int activeChange, int inactiveChange) {
        active += activeChange;
        inactive += inactiveChange;
        if (slot != DRAINED) {
            service.pool.count(slot, activeChange, inactiveChange);
        }
    }

    void set(int newWeight, boolean isUp) {
        weight = newWeight;
        up = isUp;
        if (slot != DRAINED) {
            service.pool.weight(slot, effectiveWeight());
        }
    }

    int effectiveWeight() {
        return up && slot != DRAINED ? weight : 0;
    }

    boolean inUse() {
        return slot != DRAINED || active > 0 || inactive > 0;
    }

    /// @param kernel what the kernel has counted, in the order of [SharedMaps#PACKETS_IN]
    EngineStats.Server stats(long[] kernel) {
        return new EngineStats.Server(
                endpoint,
                config.method().word(),
                hop.local,
                effectiveWeight(),
                active,
                inactive,
                ended,
                scheduled,
                packetsIn + kernel[SharedMaps.PACKETS_IN],
                packetsOut + kernel[SharedMaps.PACKETS_OUT],
                bytesIn + kernel[SharedMaps.BYTES_IN],
                bytesOut + kernel[SharedMaps.BYTES_OUT]);
    }
}
