package hadirector.engine;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Services by protocol, VIP and port, found without allocation. Immutable.
final class ServiceIndex {
    static final ServiceIndex EMPTY = new ServiceIndex(List.of());

    private final ServiceState[] services;

    ServiceIndex(Collection<ServiceState> from) {
        services =
                from.stream()
                        .sorted(
                                Comparator.comparing((ServiceState service) -> service.config.vip().address())
                                        .thenComparingInt(ServiceIndex::portAndProtocol))
                        .toArray(ServiceState[]::new);
    }

    private static int portAndProtocol(ServiceState service) {
        return portAndProtocol(service.config.protocol().number(), service.config.vip().port());
    }

    private static int portAndProtocol(int protocol, int port) {
        return port << 8 | protocol;
    }

    @Nullable ServiceState find(int protocol, long vipHigh, long vipLow, int port) {
        int rest = portAndProtocol(protocol, port);
        int from = 0;
        int to = services.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            var service = services[middle];
            int order = service.config.vip().address().compareTo(vipHigh, vipLow);
            if (order == 0) {
                order = Integer.compare(portAndProtocol(service), rest);
            }
            if (order == 0) {
                return service;
            }
            if (order < 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return null;
    }
}
