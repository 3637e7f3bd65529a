package hadirector.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the realservers of a service are probed. Two services with an equal check of the same realserver
/// share one probe.
public sealed interface Check {
    Schedule schedule();

    /// The config word: `tcp`, `http`, `https`, `ping`, `command`.
    String type();

    /// @param interval between the starts of two probes, jittered
    /// @param timeout after which a probe has failed; shorter than `interval`
    /// @param rise good probes in a row that bring a server up
    /// @param fall bad probes in a row that take it down
    record Schedule(Duration interval, Duration timeout, int rise, int fall) {}

    /// Up if the port accepts a connection.
    record Tcp(Schedule schedule) implements Check {
        @Override
        public String type() {
            return "tcp";
        }
    }

    /// Up if a GET answers with one of `statuses` and a body that contains `body`.
    ///
    /// @param tls `https`; the certificate is not verified, as a probe asks for health, not identity
    /// @param host the Host header (and SNI); default the realserver's address
    /// @param statuses accepted status codes; empty means 200-399
    record Http(
            Schedule schedule,
            boolean tls,
            String path,
            Optional<String> host,
            List<Integer> statuses,
            Optional<String> body)
            implements Check {
        public Http {
            statuses = List.copyOf(statuses);
        }

        @Override
        public String type() {
            return tls ? "https" : "http";
        }
    }

    /// Up if the address answers an ICMP echo request.
    record Ping(Schedule schedule) implements Check {
        @Override
        public String type() {
            return "ping";
        }
    }

    /// Up if the program exits with 0. It gets its words as they are, no shell; in the environment
    /// DIRECTOR_SERVICE, DIRECTOR_VIP, DIRECTOR_VPORT, DIRECTOR_RIP, DIRECTOR_RPORT beside `environment`.
    record Command(Schedule schedule, List<String> argv, Map<String, String> environment)
            implements Check {
        public Command {
            argv = List.copyOf(argv);
            environment = Map.copyOf(environment);
        }

        @Override
        public String type() {
            return "command";
        }
    }
}
