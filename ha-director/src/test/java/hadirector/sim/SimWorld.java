package hadirector.sim;

import java.util.PriorityQueue;
import java.util.Random;

/// Time and chance of one simulated run. All that happens, happens on one thread and follows from the seed.
final class SimWorld {
    static final long MS = 1_000_000;

    private record Task(long at, long number, Runnable what) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final Random random;
    private Runnable afterEach = () -> {};
    private long numbers;
    private long now;

    SimWorld(long seed) {
        random = new Random(seed);
    }

    /// Nanoseconds since the beginning.
    long now() {
        return now;
    }

    Random random() {
        return random;
    }

    /// 0 to `bound`, both included.
    long upTo(long bound) {
        return random.nextLong(bound + 1);
    }

    /// Another one each time.
    long number() {
        return numbers++;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    void after(long delay, Runnable what) {
        tasks.add(new Task(now + delay, numbers++, what));
    }

    /// `check` runs after each thing that happens.
    void afterEach(Runnable check) {
        afterEach = check;
    }

    void runUntil(long end) {
        while (!tasks.isEmpty() && tasks.element().at() <= end) {
            var task = tasks.remove();
            now = task.at();
            task.what().run();
            afterEach.run();
        }
        now = end;
    }
}
