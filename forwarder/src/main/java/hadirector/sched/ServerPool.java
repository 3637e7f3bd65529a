package hadirector.sched;

import hadirector.model.Endpoint;
import hadirector.model.RealServer;
import java.util.List;

/// The realservers of one service by slot: identity, weights and connection numbers. Servers and configured weights
/// are fixed, a change of them is a new pool; the rest is written by one owner thread.
public final class ServerPool {
    /// ipvsadm's `-w` goes to 65535.
    public static final int WEIGHT_MAX = 65_535;

    /// Slots are 16 bits wide in connection entries.
    public static final int SIZE_MAX = 65_535;

    private final long[] identities;
    private final int[] configured;
    private final int[] weights;
    private final int[] active;
    private final int[] inactive;

    /// @param identities of the servers, the same on every director: see [#identity(Endpoint)]
    /// @param weights configured; at first the effective ones too
    public ServerPool(long[] identities, int[] weights) {
        if (identities.length != weights.length || identities.length > SIZE_MAX) {
            throw new IllegalArgumentException(identities.length + " servers, " + weights.length + " weights");
        }
        for (int weight : weights) {
            check(weight);
        }
        this.identities = identities.clone();
        configured = weights.clone();
        this.weights = weights.clone();
        active = new int[weights.length];
        inactive = new int[weights.length];
    }

    /// A pool whose slots are the indexes of `servers`.
    public static ServerPool of(List<RealServer> servers) {
        return new ServerPool(
                servers.stream().mapToLong(s -> identity(s.endpoint())).toArray(),
                servers.stream().mapToInt(RealServer::weight).toArray());
    }

    /// What a server is hashed by: its address and port, nothing of its place in a file.
    public static long identity(Endpoint server) {
        return Mix.of(Mix.of(Mix.of(server.address().high()) + server.address().low()) + server.port());
    }

    public int size() {
        return weights.length;
    }

    public long identity(int slot) {
        return identities[slot];
    }

    /// The weight of the configuration.
    public int configured(int slot) {
        return configured[slot];
    }

    /// The effective weight; 0 is quiesced or down.
    public int weight(int slot) {
        return weights[slot];
    }

    /// Sets the effective weight.
    public void weight(int slot, int weight) {
        check(weight);
        weights[slot] = weight;
    }

    /// ipvsadm's ActiveConn.
    public int active(int slot) {
        return active[slot];
    }

    /// ipvsadm's InActConn.
    public int inactive(int slot) {
        return inactive[slot];
    }

    /// Counts connections that begin (1), end (-1), or change sides (1 and -1).
    public void count(int slot, int activeChange, int inactiveChange) {
        active[slot] += activeChange;
        inactive[slot] += inactiveChange;
    }

    /// Load as `lc` and `wlc` see it: an established connection weighs 256 times an idle one (ip_vs_lc.c).
    long overhead(int slot) {
        return active[slot] * 256L + inactive[slot];
    }

    private static void check(int weight) {
        if (weight < 0 || weight > WEIGHT_MAX) {
            throw new IllegalArgumentException("weight " + weight);
        }
    }
}
