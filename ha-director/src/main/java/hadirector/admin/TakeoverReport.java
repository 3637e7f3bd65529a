package hadirector.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How a VIP group came to its holder: what `director failovers` prints and `--json` hands out; the new holder writes it and tells the others.
///
/// @param from who held it before; null: nobody did, as far as known
/// @param to who holds it
/// @param why a sentence
/// @param at when the data path was opened, by the new holder's clock
/// @param gapMillis from the last sign of the old holder's work to the first packet that the new one forwarded, so the gap of a client is
///     at most that; null if no packet has come
/// @param connections in the table when it opened: carried over
/// @param resets that its clients got in the first seconds
/// @param rescheduled connections that moved to another realserver, or began anew, in the first seconds
/// @param steps in their order
public record TakeoverReport(
        String group,
        int epoch,
        @Nullable String from,
        String to,
        Cause cause,
        String why,
        Instant at,
        @Nullable Double gapMillis,
        long connections,
        long resets,
        long rescheduled,
        List<Step> steps) {
    public TakeoverReport {
        steps = List.copyOf(steps);
    }

    public String toJson() {
        return Json.line(this);
    }

    /// @throws JsonProcessingException if it is no report
    public static TakeoverReport ofJson(String json) throws JsonProcessingException {
        return Json.parse(json, TakeoverReport.class);
    }

    /// Why the group moved.
    public enum Cause {
        /// Nobody held it.
        @JsonProperty("first")
        FIRST,
        /// The old holder handed it over: an operator's word, its end, a better director.
        @JsonProperty("planned")
        PLANNED,
        /// The old holder's process ended: its connections were closed by its kernel.
        @JsonProperty("died")
        DIED,
        /// The old holder was not heard any more.
        @JsonProperty("silent")
        SILENT,
        /// The old holder's process stood still for longer than its lease; it has said so itself.
        @JsonProperty("paused")
        PAUSED,
        /// The old holder was not fit any more and closed.
        @JsonProperty("unfit")
        UNFIT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param millis since [#at], negative before
    /// @param director who saw it
    public record Step(double millis, String director, String what) {}
}
