package hadirector.conn;

/// The hash of a connection's key, secret by its seed so that nobody can choose clients that collide. Words are multiplied
/// pairwise to 128 bits and folded (the mixing step of wyhash).
final class KeyHash {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final long low;
    private final long target;
    private final long high;
    private final long ports;

    KeyHash(long seed) {
        low = mix(seed + GOLDEN, GOLDEN ^ 0x6a09e667f3bcc909L);
        target = mix(low, seed ^ 0xbb67ae8584caa73bL);
        high = mix(target, low ^ 0x3c6ef372fe94f82bL);
        ports = mix(high, target ^ 0xa54ff53a5f1d36f1L);
    }

    int of(
            int direction,
            int protocol,
            long sourceHigh,
            long sourceLow,
            int sourcePort,
            long targetHigh,
            long targetLow,
            int targetPort) {
        long rest = ((long) protocol << 40) | ((long) direction << 32) | ((long) sourcePort << 16) | targetPort;
        long addresses = mix(sourceLow ^ low, targetLow ^ target) ^ mix(sourceHigh ^ high, targetHigh ^ low);
        return (int) (mix(addresses ^ ports, rest ^ high) >>> 32);
    }

    private static long mix(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }
}
