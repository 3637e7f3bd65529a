package hadirector.model;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// VIPs and inside gateways that move together from director to director (an LVS sync group).
///
/// @param priority by director name; a director that is not named never holds the group
/// @param preempt whether a better director takes over from a running holder
/// @param masquerade realservers that reach out through the holder's own addresses
/// @param track what beside its addresses makes a director fit for it
public record VipGroup(
        String name,
        List<Vip> vips,
        List<Vip> gateways,
        Map<String, Integer> priority,
        boolean preempt,
        List<Prefix> masquerade,
        Track track) {
    public VipGroup {
        vips = List.copyOf(vips);
        gateways = List.copyOf(gateways);
        priority = Map.copyOf(priority);
        masquerade = List.copyOf(masquerade);
    }

    /// Tracks nothing.
    public VipGroup(
            String name,
            List<Vip> vips,
            List<Vip> gateways,
            Map<String, Integer> priority,
            boolean preempt,
            List<Prefix> masquerade) {
        this(name, vips, gateways, priority, preempt, masquerade, Track.NOTHING);
    }

    /// Masquerades nobody and tracks nothing.
    public VipGroup(
            String name, List<Vip> vips, List<Vip> gateways, Map<String, Integer> priority, boolean preempt) {
        this(name, vips, gateways, priority, preempt, List.of());
    }

    /// All floating addresses: VIPs, then gateways.
    public List<Vip> addresses() {
        return Stream.concat(vips.stream(), gateways.stream()).toList();
    }
}
