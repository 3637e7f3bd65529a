package hadirector.forward;

import hadirector.packet.ParsedFrame;

/// What tells datagrams apart, in primitive arrays with a hash over them that is secret by its seed: both addresses and the identification; for
/// IPv4 the protocol as well, for IPv6 not (RFC 791, RFC 8200 4.5).
final class FragmentKeys {
    private static final long V6 = 1L << 40;
    private static final int PROTOCOL_SHIFT = 32;
    private static final long ODD_1 = 0x9e3779b97f4a7c15L;
    private static final long ODD_2 = 0xc2b2ae3d27d4eb4fL;

    private final long[] sourceHigh;
    private final long[] sourceLow;
    private final long[] destinationHigh;
    private final long[] destinationLow;
    private final long[] ids;
    private final int[] buckets;
    private final Chains chains;
    private final int bucketMask;
    private final long seed;

    FragmentKeys(int datagrams, long seed) {
        sourceHigh = new long[datagrams];
        sourceLow = new long[datagrams];
        destinationHigh = new long[datagrams];
        destinationLow = new long[datagrams];
        ids = new long[datagrams];
        buckets = new int[datagrams];
        int count = Integer.highestOneBit(Math.max(1, datagrams - 1)) << 1;
        chains = new Chains(count, datagrams);
        bucketMask = count - 1;
        this.seed = seed;
    }

    int find(ParsedFrame parsed) {
        long id = id(parsed);
        int datagram = chains.first(bucket(parsed, id));
        while (datagram != Chains.NONE && !matches(datagram, parsed, id)) {
            datagram = chains.next(datagram);
        }
        return datagram;
    }

    void put(int datagram, ParsedFrame parsed) {
        sourceHigh[datagram] = parsed.sourceHigh();
        sourceLow[datagram] = parsed.sourceLow();
        destinationHigh[datagram] = parsed.destinationHigh();
        destinationLow[datagram] = parsed.destinationLow();
        ids[datagram] = id(parsed);
        buckets[datagram] = bucket(parsed, ids[datagram]);
        chains.append(buckets[datagram], datagram);
    }

    void remove(int datagram) {
        chains.remove(buckets[datagram], datagram);
    }

    /// A hash of the source address alone.
    int source(ParsedFrame parsed) {
        return (int) (mix(parsed.sourceHigh(), parsed.sourceLow()) >>> 32);
    }

    private boolean matches(int datagram, ParsedFrame parsed, long id) {
        return ids[datagram] == id
                && sourceLow[datagram] == parsed.sourceLow()
                && destinationLow[datagram] == parsed.destinationLow()
                && sourceHigh[datagram] == parsed.sourceHigh()
                && destinationHigh[datagram] == parsed.destinationHigh();
    }

    private static long id(ParsedFrame parsed) {
        long id = Integer.toUnsignedLong(parsed.fragmentId());
        return id | (parsed.isV6() ? V6 : (long) parsed.protocol() << PROTOCOL_SHIFT);
    }

    private int bucket(ParsedFrame parsed, long id) {
        long addresses = mix(parsed.sourceHigh() ^ parsed.destinationLow(), parsed.sourceLow() ^ parsed.destinationHigh());
        return (int) (mix(addresses, id) >>> 32) & bucketMask;
    }

    private long mix(long a, long b) {
        long x = a ^ seed ^ ODD_1;
        long y = b ^ Long.rotateLeft(seed, 32) ^ ODD_2;
        return Math.unsignedMultiplyHigh(x, y) ^ (x * y);
    }
}
