package hadirector.health;

import java.time.Duration;

/// What one probe of one realserver found. The four cases are all there are.
public sealed interface ProbeResult {
    /// Longest text kept of a detail, in characters.
    int TEXT_MAX = 300;

    /// One line for an operator: what was found, and why if it was bad.
    String text();

    /// @param took from the first packet to the decision
    record Passed(Duration took) implements ProbeResult {
        @Override
        public String text() {
            return "passed in " + DurationText.of(took);
        }
    }

    /// The server answered, and the answer was bad (or its host was said to be unreachable).
    record Refused(String detail) implements ProbeResult {
        public Refused {
            detail = oneLine(detail);
        }

        @Override
        public String text() {
            return detail;
        }
    }

    /// @param waitingFor the step that did not end, as in "timed out waiting for the TLS handshake"
    record TimedOut(Duration after, String waitingFor) implements ProbeResult {
        @Override
        public String text() {
            return "timed out after " + DurationText.of(after) + " waiting for " + waitingFor;
        }
    }

    /// The probe itself could not run (no socket, no local route, no such program): says nothing about
    /// the server.
    record NotRun(String why) implements ProbeResult {
        public NotRun {
            why = oneLine(why);
        }

        @Override
        public String text() {
            return "could not run: " + why;
        }
    }

    /// Part of it is the server's own words, and it goes into logs and on terminals.
    private static String oneLine(String text) {
        String shortened = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
        return shortened.replaceAll("\\p{Cntrl}+", " ").strip();
    }
}
