package hadirector.engine;

import hadirector.fastpath.SharedMaps;
import hadirector.linux.ErrnoException;
import hadirector.model.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the programs which addresses are ours, by difference: VIPs and gateways of the open groups, and the NAT and Tun
/// realservers behind them. Owner thread.
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private final BiPredicate<IpAddress, Integer> claim;
    private final Consumer<IpAddress> release;
    private final Map<IpAddress, Integer> claimed = new HashMap<>();
    private final Set<IpAddress> failing = new HashSet<>();

    /// @param claim see [SharedMaps#claim]
    /// @param release see [SharedMaps#release]
    Claims(BiPredicate<IpAddress, Integer> claim, Consumer<IpAddress> release) {
        this.claim = claim;
        this.release = release;
    }

    /// Follows a change of the configuration, or of which groups are open. What is ours no more goes first; what the kernel has no room
    /// for now is logged and left for the next call.
    void follow(FloatingAddresses addresses, Stream<ServerState> servers) {
        var wanted = wanted(addresses, servers);
        for (var old : Map.copyOf(claimed).keySet()) {
            if (!wanted.containsKey(old)) {
                claimed.remove(old);
                release.accept(old);
            }
        }
        wanted.forEach(this::claim);
    }

    private void claim(IpAddress address, int what) {
        Integer before = claimed.get(address);
        if (before == null || before != what) {
            if (takes(address, what)) {
                claimed.put(address, what);
                failing.remove(address);
            } else if (failing.add(address)) {
                LOG.warn("the kernel has no room for {}, it will be tried again", address);
            }
        }
    }

    private boolean takes(IpAddress address, int what) {
        try {
            return claim.test(address, what);
        } catch (ErrnoException e) {
            LOG.debug("{} cannot be claimed now", address, e);
            return false;
        }
    }

    private static Map<IpAddress, Integer> wanted(FloatingAddresses addresses, Stream<ServerState> servers) {
        var wanted = new HashMap<IpAddress, Integer>();
        for (var floating : addresses.all()) {
            if (floating.group().isOpen()) {
                wanted.put(floating.address(), SharedMaps.FLOATING | SharedMaps.GUARDED | floating.group().index);
            }
        }
        servers
                .filter(server -> server.service.group.isOpen())
                .filter(server -> server.behind)
                .forEach(server -> wanted.merge(
                        server.endpoint.address(),
                        SharedMaps.REALSERVER | server.service.group.index,
                        (before, _) -> before | SharedMaps.REALSERVER));
        return wanted;
    }
}
