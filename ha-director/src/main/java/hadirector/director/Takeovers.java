package hadirector.director;

import hadirector.admin.TakeoverReport;
import hadirector.admin.TakeoverReport.Cause;
import hadirector.admin.TakeoverReport.Step;
import hadirector.role.Standing;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Writes the report of each takeover from the event log and from what the others told last, so it says what the log says; keeps those of
/// all directors. Pure: time comes in. Any thread.
final class Takeovers {
    /// Reports that are kept, newest first.
    static final int KEPT = 32;

    private static final int EVENTS_KEPT = 256;
    private static final int STEPS_MAX = 64;

    /// What belongs to a takeover happened so shortly before it, at most.
    private static final long LEAD_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// A report is complete so long after the opening: resets and first packets have come by then.
    static final long COMPLETE_NANOS = TimeUnit.SECONDS.toNanos(3);

    /// What counts of the data path.
    ///
    /// @param connections in the table
    record Totals(long connections, long resets, long rescheduled) {}

    /// @param since when what counts for it began: not what led to this director's opening before it
    private record Opening(
            String group, int epoch, Optional<Sight> before, long since, long nanos, long epochMillis, Totals totals) {}

    /// The last that was heard of a holder.
    private record Sight(Standing standing, long nanos) {}

    /// An opening that is to be reported.
    ///
    /// @param first packet of a client
    private record Due(Opening opening, @Nullable Long first) {}

    private final String self;
    private final Deque<EventLog.Entry> events = new ArrayDeque<>();
    private final Map<String, Sight> holders = new HashMap<>();
    private final Map<String, Opening> open = new HashMap<>();
    private final Map<String, Long> openedAt = new HashMap<>();
    private final Map<String, Long> forwarded = new HashMap<>();
    private final List<Due> brief = new ArrayList<>(); // Closed before they were reported.
    private final Deque<TakeoverReport> reports = new ArrayDeque<>();

    Takeovers(String self) {
        this.self = self;
    }

    /// Each event of this director.
    synchronized void happened(EventLog.Entry entry) {
        events.addLast(entry);
        if (events.size() > EVENTS_KEPT) {
            events.removeFirst();
        }
    }

    /// What another director told. Once it has given the group up, how it was then is what counts.
    synchronized void heard(Standing standing, long now) {
        var known = holders.get(standing.group());
        if (standing.role().holds()) {
            holders.put(standing.group(), new Sight(standing, now));
        } else if (known != null && known.standing.role().holds() && known.standing.director().equals(standing.director())) {
            holders.put(standing.group(), new Sight(standing, known.nanos)); // It may have stood still before it said so.
        }
    }

    /// A holder has shown itself in another way.
    synchronized void seen(String group, String director, long now) {
        var known = holders.get(group);
        if (known != null && known.standing.director().equals(director)) {
            holders.put(group, new Sight(known.standing, now));
        }
    }

    /// This director has opened the group's data path.
    synchronized void opened(String group, int epoch, Totals totals, long now, long epochMillis) {
        if (!open.containsKey(group)) {
            long lead = now - LEAD_NANOS;
            long last = openedAt.getOrDefault(group, lead);
            long since = last - lead > 0 ? last : lead;
            var before = Optional.ofNullable(holders.get(group));
            open.put(group, new Opening(group, epoch, before, since, now, epochMillis, totals));
            openedAt.put(group, now);
        }
        holders.remove(group);
    }

    synchronized void closed(String group) {
        var opening = open.remove(group);
        var first = forwarded.remove(group);
        if (opening != null && !isReported(opening)) {
            brief.add(new Due(opening, first));
        }
    }

    /// The first packet of a client since the opening.
    synchronized void forwarded(String group, long atNanos) {
        forwarded.putIfAbsent(group, atNanos);
    }

    /// The reports that are complete now, each once.
    synchronized List<TakeoverReport> complete(Supplier<Totals> totals, long now) {
        var done = new ArrayList<TakeoverReport>();
        for (var due : due(now)) {
            var report = report(due.opening, due.first, totals.get());
            keep(report);
            done.add(report);
        }
        return done;
    }

    private List<Due> due(long now) {
        var all = new ArrayList<>(brief);
        open.values().forEach(opening -> all.add(new Due(opening, forwarded.get(opening.group))));
        all.removeIf(each -> now - each.opening.nanos < COMPLETE_NANOS || isReported(each.opening));
        brief.removeAll(all);
        return all;
    }

    private boolean isReported(Opening opening) {
        return reports.stream()
                .anyMatch(r -> r.group().equals(opening.group) && r.epoch() == opening.epoch && r.to().equals(self));
    }

    private TakeoverReport report(Opening opening, @Nullable Long first, Totals totals) {
        var steps = steps(opening.group, opening.since, opening.nanos + COMPLETE_NANOS, opening.nanos);
        var from = opening.before.map(sight -> sight.standing.director());
        var story = story(opening);
        return new TakeoverReport(
                opening.group,
                opening.epoch,
                from.orElse(null),
                self,
                story.cause,
                story.why,
                Instant.ofEpochMilli(opening.epochMillis),
                first == null || story.cause == Cause.FIRST ? null : millis(first - story.lastSign),
                opening.totals.connections,
                totals.resets - opening.totals.resets,
                totals.rescheduled - opening.totals.rescheduled,
                steps);
    }

    /// @param lastSign when the old holder did its work for the last time, as far as known
    private record Story(Cause cause, String why, long lastSign) {}

    private Story story(Opening opening) {
        if (opening.before.isEmpty()) {
            return new Story(Cause.FIRST, "no director held it", opening.nanos);
        }
        var sight = opening.before.get();
        String from = sight.standing.director();
        var handedOver = last("handover-arrived", opening);
        if (handedOver.isPresent()) {
            return new Story(Cause.PLANNED, from + " handed it over", handedOver.get().nanos());
        }
        var gone = lastOf("peer-gone", "peer", from, opening.since, opening.nanos);
        if (gone.isEmpty()) {
            String why = sight.standing.why();
            return new Story(Cause.UNFIT, from + " gave it up" + (why.isEmpty() ? "" : ": " + why), sight.nanos);
        }
        if (last("guard", opening).filter(e -> isNamed(from, e.pairs().get("dead"))).isPresent()) {
            return new Story(Cause.DIED, from + " was gone at once: its process ended", sight.nanos);
        }
        if (last("holder-left", opening).filter(e -> from.equals(e.pairs().get("director"))).isPresent()) {
            return new Story(Cause.SILENT, from + " had lost the cluster and gave it up", sight.nanos);
        }
        double silence = millis(gone.get().nanos() - sight.nanos);
        return new Story(Cause.SILENT, "%s was not heard for %.0f ms".formatted(from, silence), sight.nanos);
    }

    private static boolean isNamed(String name, @Nullable String names) {
        return names != null && List.of(names.split(",")).contains(name);
    }

    private Optional<EventLog.Entry> last(String name, Opening opening) {
        return lastOf(name, "group", opening.group, opening.since, opening.nanos);
    }

    private Optional<EventLog.Entry> lastOf(String name, String key, String value, long since, long until) {
        return events.stream()
                .filter(e -> e.name().equals(name) && value.equals(e.pairs().get(key)))
                .filter(e -> until - e.nanos() >= 0 && e.nanos() - since > 0)
                .reduce((_, later) -> later);
    }

    private List<Step> steps(String group, long from, long to, long zero) {
        return events.stream()
                .filter(e -> e.nanos() - from >= 0 && to - e.nanos() >= 0)
                .filter(e -> group.equals(e.pairs().getOrDefault("group", group)))
                .limit(STEPS_MAX)
                .map(e -> new Step(millis(e.nanos() - zero), self, words(e)))
                .toList();
    }

    private static String words(EventLog.Entry entry) {
        var words = new StringBuilder(entry.name());
        entry.pairs().forEach((key, value) -> {
            if (!key.equals("group")) {
                words.append(", ").append(key).append(' ').append(value);
            }
        });
        return words.toString();
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }

    /// Another director's report. The one who has lost the group adds what it knows itself.
    ///
    /// @return the report with this director's part, for the others
    synchronized Optional<TakeoverReport> received(TakeoverReport report, long now, long epochMillis) {
        boolean mine = self.equals(report.from());
        var known = reports.stream().filter(r -> isSame(r, report)).findFirst();
        if (known.isPresent() && known.get().steps().size() >= report.steps().size()) {
            return Optional.empty();
        }
        if (!mine || report.steps().stream().anyMatch(step -> step.director().equals(self))) {
            keep(report);
            return Optional.empty();
        }
        var whole = withOwnPart(report, now, epochMillis);
        keep(whole);
        return Optional.of(whole);
    }

    private TakeoverReport withOwnPart(TakeoverReport report, long now, long epochMillis) {
        long zero = now - TimeUnit.MILLISECONDS.toNanos(epochMillis - report.at().toEpochMilli());
        long held = openedAt.getOrDefault(report.group(), zero - LEAD_NANOS);
        long from = zero - held > 0 && held - (zero - LEAD_NANOS) > 0 ? held : zero - LEAD_NANOS; // Not what ended an earlier holding.
        var own = steps(report.group(), from, zero + COMPLETE_NANOS, zero);
        var all = new ArrayList<>(report.steps());
        all.addAll(own);
        all.sort(Comparator.comparingDouble(Step::millis));
        long until = zero + COMPLETE_NANOS;
        var answered = lastOf("vip-answered", "group", report.group(), until - LEAD_NANOS, until).map(e -> e.pairs().get("after-ms"));
        var pause = own.stream().filter(step -> step.what().startsWith("fenced")).findFirst();
        return new TakeoverReport(
                report.group(),
                report.epoch(),
                report.from(),
                report.to(),
                pause.isPresent() ? Cause.PAUSED : report.cause(),
                pause.map(step -> self + " stood still: " + step.what()).orElse(report.why()),
                report.at(),
                report.gapMillis() == null && answered.isPresent() ? Double.valueOf(answered.get()) : report.gapMillis(),
                report.connections(),
                report.resets(),
                report.rescheduled(),
                all);
    }

    private static boolean isSame(TakeoverReport one, TakeoverReport other) {
        return one.group().equals(other.group()) && one.epoch() == other.epoch() && one.to().equals(other.to());
    }

    private void keep(TakeoverReport report) {
        reports.removeIf(known -> isSame(known, report));
        reports.addFirst(report);
        var newestFirst = reports.stream().sorted(Comparator.comparing(TakeoverReport::at).reversed()).limit(KEPT).toList();
        reports.clear();
        reports.addAll(newestFirst);
    }

    /// The newest first.
    synchronized List<TakeoverReport> reports() {
        return List.copyOf(reports);
    }
}
