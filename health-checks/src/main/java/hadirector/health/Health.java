package hadirector.health;

import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.model.Check;

/// A server's reported state and how many probes in a row have disagreed with it.
public record Health(Status status, int against) {
    /// Before the first result.
    public static final Health UNKNOWN = new Health(Status.UNKNOWN, 0);

    /// What the probes say; whoever forwards treats [#UNKNOWN] like [#DOWN].
    public enum Status {
        UNKNOWN,
        UP,
        DOWN
    }

    /// `rise` good probes in a row bring a server up, `fall` bad ones take it down; the very first
    /// result decides alone, so that a director that starts has verdicts within one probe.
    public Health after(ProbeResult result, Check.Schedule limits) {
        return switch (result) {
            case Passed _ -> count(Status.UP, limits.rise());
            case Refused _, TimedOut _ -> count(Status.DOWN, limits.fall());
            case NotRun _ -> this;
        };
    }

    private Health count(Status found, int needed) {
        if (status == Status.UNKNOWN || found == status) {
            return new Health(found, 0);
        }
        return against + 1 < needed ? new Health(status, against + 1) : new Health(found, 0);
    }
}
