package hadirector.engine;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// Services by protocol, VIP and port, found without allocation. Immutable.
final class ServiceIndex {
    static final ServiceIndex EMPTY = new ServiceIndex(java.util.List.of());

    private final long[] keys;
    private final ServiceState[] services;

    ServiceIndex(Collection<ServiceState> from) {
        services =
                from.stream()
                        .sorted(Comparator.comparingLong(ServiceIndex::key))
                        .toArray(ServiceState[]::new);
        keys = Arrays.stream(services).mapToLong(ServiceIndex::key).toArray();
    }

    private static long key(ServiceState service) {
        var config = service.config;
        return key(config.protocol().number(), config.vip().address().v4(), config.vip().port());
    }

    private static long key(int protocol, int vip, int port) {
        return (long) protocol << 48 | Integer.toUnsignedLong(vip) << 16 | port;
    }

    @Nullable ServiceState find(int protocol, int vip, int port) {
        int at = Arrays.binarySearch(keys, key(protocol, vip, port));
        return at >= 0 ? services[at] : null;
    }
}
