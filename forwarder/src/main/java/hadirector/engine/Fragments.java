package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.forward.FragmentCache;
import java.util.concurrent.ThreadLocalRandom;

/// Fragments of a datagram go where its first goes: that one is handled as any packet, then the others by what became of it, be it that they
/// are answered. Owner thread.
final class Fragments {
    /// Instead of a flow: the datagram is an echo request that is answered.
    static final int ECHO = -2;

    /// Instead of a flow: the datagram is the host's own, seen here as a copy.
    private static final long FOREIGN = -1;

    private static final int GENERATION_SHIFT = 32;

    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final Arms arms;
    private final Counters counters;
    private final Delivery delivery;
    private final Answers answers;
    private final FragmentCache cache;

    Fragments(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Arms arms,
            Counters counters,
            Delivery delivery,
            Answers answers) {
        this.answers = answers;
        this.in = in;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.arms = arms;
        this.counters = counters;
        this.delivery = delivery;
        cache =
                new FragmentCache(
                        FragmentCache.Limits.DEFAULT,
                        ThreadLocalRandom.current().nextLong(),
                        (cause, fragments) -> counters.add(counter(cause), fragments));
    }

    private static Counter counter(FragmentCache.Cause cause) {
        return switch (cause) {
            case TIMEOUT -> Counter.DROP_FRAGMENT_TIMEOUT;
            case DUPLICATE -> Counter.DROP_FRAGMENT_DUPLICATE;
            case OVERLAP -> Counter.DROP_FRAGMENT_OVERLAP;
            case LIMIT -> Counter.DROP_FRAGMENT_LIMIT;
            case INVALID -> Counter.DROP_FRAGMENT_INVALID;
            case REFUSED -> Counter.DROP_FRAGMENT;
        };
    }

    /// Takes the fragment at hand.
    ///
    /// @return whether it is a first one, to be handled as a packet and then to be [#decided]
    boolean isFirst() {
        return switch (cache.take(in.frame, in.parsed, in.now)) {
            case DECIDE -> true;
            case FOLLOW -> {
                follow(cache.flow());
                yield false;
            }
            case HELD -> {
                counters.add(Counter.FRAGMENTS_HELD);
                yield false;
            }
            case DROPPED -> false;
        };
    }

    /// Those of its datagram that have waited, and those still to come, follow the first fragment.
    ///
    /// @param flow that it was forwarded in, [#ECHO] if it was answered, `NONE` if neither
    void decided(int flow) {
        boolean foreign = services.addresses().find(in.parsed.destinationHigh(), in.parsed.destinationLow()) == null;
        if (flow == ConnectionTable.NONE && !foreign) {
            cache.refused();
            return;
        }
        long way = flow == ConnectionTable.NONE ? FOREIGN : flow == ECHO ? ECHO : way(flow);
        cache.decided(way);
        for (int held = cache.nextHeld(); held != FragmentCache.NONE; held = cache.nextHeld()) {
            in.takeCopy(arms.make(in.port), cache.heldMemory(), cache.heldAt(held), cache.heldLength(held));
            follow(way);
        }
    }

    void expire(long now) {
        cache.expire(now);
    }

    private long way(int flow) {
        return (long) table.generation(ConnectionTable.slot(flow)) << GENERATION_SHIFT | flow;
    }

    private void follow(long way) {
        if (way == FOREIGN) {
            counters.add(Counter.FRAMES_FOREIGN);
            return;
        }
        if (way == ECHO) {
            boolean _ = answers.echoFragment();
            return;
        }
        int flow = (int) way;
        int slot = ConnectionTable.slot(flow);
        boolean same = table.live(slot) && table.generation(slot) == (int) (way >>> GENERATION_SHIFT);
        if (!same || !groups.served(table.group(slot))) {
            counters.add(Counter.DROP_FRAGMENT);
        } else {
            boolean _ = delivery.deliver(slot, ConnectionTable.direction(flow));
        }
    }
}
