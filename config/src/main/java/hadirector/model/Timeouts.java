package hadirector.model;

import java.time.Duration;

/// What `ipvsadm --set tcp tcpfin udp` sets, per service. The defaults are IPVS's.
public record Timeouts(Duration established, Duration fin, Duration udp) {
    public static final Timeouts IPVS =
            new Timeouts(Duration.ofMinutes(15), Duration.ofMinutes(2), Duration.ofMinutes(5));
}
