package hadirector.engine;

import hadirector.model.Vip;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The VIPs and gateways of all groups, found by IPv4 address without allocation. Immutable: a new configuration
/// makes a new one.
final class FloatingAddresses {
    static final FloatingAddresses NONE = new FloatingAddresses(List.of());

    /// @param ofGateway an inside address of the director, no VIP of services
    record Floating(Vip vip, GroupState group, boolean ofGateway) {
        int address() {
            return vip.address().v4();
        }
    }

    private final int[] addresses;
    private final Floating[] floating;

    FloatingAddresses(Collection<GroupState> groups) {
        floating =
                groups.stream()
                        .flatMap(FloatingAddresses::of)
                        .sorted(Comparator.comparingInt(Floating::address))
                        .toArray(Floating[]::new);
        addresses = Arrays.stream(floating).mapToInt(Floating::address).toArray();
    }

    private static java.util.stream.Stream<Floating> of(GroupState group) {
        var config = group.config;
        return java.util.stream.Stream.concat(
                config.vips().stream().map(vip -> new Floating(vip, group, false)),
                config.gateways().stream().map(vip -> new Floating(vip, group, true)));
    }

    @Nullable Floating find(int address) {
        int at = Arrays.binarySearch(addresses, address);
        return at >= 0 ? floating[at] : null;
    }

    List<Floating> all() {
        return List.of(floating);
    }

    List<Floating> of(String group) {
        return Arrays.stream(floating).filter(f -> f.group().name.equals(group)).toList();
    }
}
