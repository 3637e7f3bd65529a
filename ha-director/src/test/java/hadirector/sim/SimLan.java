package hadirector.sim;

import java.util.Arrays;

/// A client network: a switch that may fall apart into segments, be deaf one way between two machines, lose, delay, reorder and
/// duplicate frames. The arbiter's gateway is a machine of its own on it.
final class SimLan {
    private static final long DELAY = 2 * SimWorld.MS;
    private static final int DUPLICATED = 2;

    private final SimWorld world;
    private final int gateway;
    private final int[] segment;
    private final boolean[][] deaf;
    private int lossPercent;
    private long lastChange;
    private long lastDeaf = Long.MIN_VALUE;

    SimLan(SimWorld world, int machines, int lossPercent) {
        this.world = world;
        this.lossPercent = lossPercent;
        gateway = machines;
        segment = new int[machines + 1];
        deaf = new boolean[machines + 1][machines + 1];
    }

    int gateway() {
        return gateway;
    }

    boolean isLossy() {
        return lossPercent > 0;
    }

    /// Puts each machine, and the gateway, into one of two segments.
    void split() {
        Arrays.setAll(segment, _ -> (int) world.upTo(1));
        lastChange = world.now();
    }

    /// Puts one machine into a segment of its own, with the gateway or without.
    void isolate(int machine, boolean withGateway) {
        Arrays.fill(segment, 0);
        segment[machine] = 1;
        segment[gateway] = withGateway ? 1 : 0;
        lastChange = world.now();
    }

    void deafen(int from, int to) {
        deaf[from][to] = true;
        lastDeaf = Long.MAX_VALUE;
        lastChange = world.now();
    }

    void heal() {
        Arrays.fill(segment, 0);
        for (boolean[] row : deaf) {
            Arrays.fill(row, false);
        }
        lastChange = world.now();
        lastDeaf = Math.min(lastDeaf, lastChange);
    }

    /// Whether frames passed one way only, between any two.
    boolean wasDeafSince(long time) {
        return lastDeaf >= time;
    }

    void calm() {
        lossPercent = 0;
        heal();
    }

    /// For how long frames have passed both ways between two machines; negative if they do not.
    long wholeFor(int a, int b) {
        return passes(a, b) && passes(b, a) ? world.now() - lastChange : -1;
    }

    /// For how long frames have passed one way at least.
    long heardFor(int a, int b) {
        return passes(a, b) || passes(b, a) ? world.now() - lastChange : -1;
    }

    private boolean passes(int from, int to) {
        return segment[from] == segment[to] && !deaf[from][to];
    }

    void send(int from, int to, Runnable frame) {
        if (!passes(from, to) || world.chance(lossPercent)) {
            return;
        }
        world.after(world.upTo(DELAY), frame);
        if (world.chance(DUPLICATED)) {
            world.after(world.upTo(4 * DELAY), frame);
        }
    }
}
