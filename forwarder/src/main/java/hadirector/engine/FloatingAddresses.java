package hadirector.engine;

import hadirector.model.IpAddress;
import hadirector.model.Vip;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The VIPs and gateways of all groups, found by address without allocation. Immutable: a new configuration
/// makes a new one.
final class FloatingAddresses {
    static final FloatingAddresses NONE = new FloatingAddresses(List.of());

    /// @param ofGateway an inside address of the director, no VIP of services
    record Floating(Vip vip, GroupState group, boolean ofGateway) {
        IpAddress address() {
            return vip.address();
        }
    }

    private final Floating[] floating;

    FloatingAddresses(Collection<GroupState> groups) {
        floating =
                groups.stream()
                        .flatMap(FloatingAddresses::of)
                        .sorted(Comparator.comparing(Floating::address))
                        .toArray(Floating[]::new);
    }

    private static java.util.stream.Stream<Floating> of(GroupState group) {
        var config = group.config;
        return java.util.stream.Stream.concat(
                config.vips().stream().map(vip -> new Floating(vip, group, false)),
                config.gateways().stream().map(vip -> new Floating(vip, group, true)));
    }

    @Nullable Floating find(long high, long low) {
        int from = 0;
        int to = floating.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            int order = floating[middle].address().compareTo(high, low);
            if (order == 0) {
                return floating[middle];
            }
            if (order < 0) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return null;
    }

    List<Floating> all() {
        return List.of(floating);
    }

    List<Floating> of(String group) {
        return Arrays.stream(floating).filter(f -> f.group().name.equals(group)).toList();
    }
}
