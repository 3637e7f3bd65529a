package hadirector.health.probe;

import hadirector.health.ProbeResult;
import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.model.Check;
import hadirector.model.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/// `ping`: the address answers an ICMP echo request. Sent by the ping program: Java has no ICMP sockets,
/// and its `InetAddress.isReachable` takes a refused TCP connection for an answer.
record PingProbe(Programs programs, IpAddress server, Check.Ping check) implements Probe {
    /// Longer than the check's timeout, so that a late answer is told from an unreachable host.
    private static final long PATIENCE_SECONDS = 2;

    private static final Pattern ROUND_TRIP_MILLIS = Pattern.compile("time=([0-9]+(?:\\.[0-9]+)?) ms");
    private static final double NANOS_PER_MILLI = 1e6;

    private static final Programs.ExitRule RULE = new Programs.ExitRule() {
        @Override
        public ProbeResult judge(int status, String output, Duration took) {
            return PingProbe.judge(status, output, took);
        }

        @Override
        public NotRun notStarted(IOException e) {
            return new NotRun(e.getMessage() + "; on Debian: apt-get install iputils-ping");
        }
    };

    @Override
    public CompletableFuture<ProbeResult> run() {
        long wait = check.schedule().timeout().toSeconds() + PATIENCE_SECONDS;
        var argv = List.of("ping", "-n", "-c", "1", "-W", String.valueOf(wait), server.toString());
        return programs.run(
                new Programs.Call(argv, Map.of("LC_ALL", "C"), check.schedule().timeout(), RULE));
    }

    /// Exit statuses as in ping(8): 0 answered, 1 no answer (or an ICMP error), 2 another error.
    static ProbeResult judge(int status, String output, Duration took) {
        return switch (status) {
            case 0 -> new Passed(roundTrip(output, took));
            case 1 -> new Refused(line(output, "icmp_seq", "no answer"));
            default -> new NotRun(line(output, "ping:", "ping exited with " + status));
        };
    }

    private static Duration roundTrip(String output, Duration otherwise) {
        var match = ROUND_TRIP_MILLIS.matcher(output);
        return match.find()
                ? Duration.ofNanos((long) (Double.parseDouble(match.group(1)) * NANOS_PER_MILLI))
                : otherwise;
    }

    private static String line(String output, String part, String otherwise) {
        return output.lines().filter(line -> line.contains(part)).findFirst().orElse(otherwise);
    }
}
