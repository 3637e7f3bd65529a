package hadirector.sim;

/// One machine's clock that only grows: it starts anywhere, near its overflow too, and runs up to 1 % fast or slow.
record SimClock(long offset, long perMille) {
    static SimClock random(SimWorld world) {
        long offset = world.chance(50) ? Long.MAX_VALUE - world.upTo(20_000 * SimWorld.MS) : world.random().nextLong();
        return new SimClock(offset, world.upTo(20) - 10);
    }

    /// What it shows when `now` has passed since the world's beginning.
    long read(long now) {
        return offset + now + now / 1000 * perMille;
    }
}
