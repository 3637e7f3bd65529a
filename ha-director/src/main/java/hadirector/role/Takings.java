package hadirector.role;

import java.time.Duration;

/// How often this director has taken the group lately: one that changes hands again and again stays where it is for longer
/// each time, whatever the priorities.
record Takings(int count, long last) {
    static final Takings NONE = new Takings(0, 0);

    private static final long LATELY = Duration.ofMinutes(10).toNanos();
    private static final int FREE = 2;
    private static final int DOUBLINGS = 5;

    Takings another(long now) {
        return new Takings(count > 0 && now - last < LATELY ? count + 1 : 1, now);
    }

    /// How long a holder does not hand over to a better director.
    ///
    /// @param base of the third taking
    long damping(long base) {
        return count <= FREE ? 0 : base << Math.min(count - FREE - 1, DOUBLINGS);
    }
}
