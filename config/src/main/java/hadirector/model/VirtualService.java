package hadirector.model;

import java.util.List;
import java.util.Optional;

/// Protocol, VIP and port, with a scheduler and a pool of realservers.
///
/// @param group name of the VIP group that the service moves with
/// @param check how its realservers are probed; without one they count as up
public record VirtualService(
        String name,
        String group,
        Protocol protocol,
        Endpoint vip,
        SchedulerKind scheduler,
        Timeouts timeouts,
        Optional<Check> check,
        List<RealServer> realServers,
        ServiceOptions options) {
    public VirtualService {
        realServers = List.copyOf(realServers);
    }

    /// With [ServiceOptions#DEFAULT].
    public VirtualService(
            String name,
            String group,
            Protocol protocol,
            Endpoint vip,
            SchedulerKind scheduler,
            Timeouts timeouts,
            Optional<Check> check,
            List<RealServer> realServers) {
        this(name, group, protocol, vip, scheduler, timeouts, check, realServers, ServiceOptions.DEFAULT);
    }
}
