package hadirector.sync.ipvs;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The IPVS sync protocol in numbers, from the start of the director.
///
/// @param heard when the last message came that could be read
/// @param connectionsInherited handed to the table, each as often as it was told
/// @param connectionsTold likewise, to backups
/// @param troubles why it does not receive or send now, in words
public record IpvsStats(
        Optional<Instant> heard,
        long messagesReceived,
        long connectionsInherited,
        long messagesSent,
        long connectionsTold,
        Map<IpvsRefusal, Long> refused,
        List<String> troubles) {
    public IpvsStats {
        refused = Map.copyOf(refused);
        troubles = List.copyOf(troubles);
    }
}
