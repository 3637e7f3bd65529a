package hadirector.director;

import hadirector.admin.Answer;
import hadirector.config.ConfigDifference;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/// `director reload`: reads the file, compares it with what runs and has the difference applied, whole or not at all. Operators'
/// threads.
final class Reload {
    private final Supplier<ConfigResult> reader;
    private final Supplier<DirectorConfig> running;
    private final BiFunction<DirectorConfig, Supplier<Answer>, Answer> apply;

    /// @param apply takes groups and services of a config over, then answers what it is given, or why it did not work
    Reload(
            Supplier<ConfigResult> reader,
            Supplier<DirectorConfig> running,
            BiFunction<DirectorConfig, Supplier<Answer>, Answer> apply) {
        this.reader = reader;
        this.running = running;
        this.apply = apply;
    }

    /// One at a time: a file that was read earlier must not be applied later.
    synchronized Answer run(boolean dryRun) {
        long began = System.nanoTime();
        return switch (reader.get()) {
            case ConfigResult.Invalid(var problems) ->
                    new Answer.Invalid(problems.stream().map(Object::toString).toList());
            case ConfigResult.Valid(DirectorConfig next, var _) -> {
                var difference = ConfigDifference.between(running.get(), next);
                yield dryRun || difference.isEmpty()
                        ? done(difference, dryRun, began)
                        : apply.apply(next, () -> done(difference, false, began));
            }
        };
    }

    private static Answer done(ConfigDifference difference, boolean dryRun, long began) {
        long millis = (System.nanoTime() - began) / 1_000_000;
        return new Answer.Done(summary(difference, dryRun), millis, difference.lines());
    }

    private static String summary(ConfigDifference difference, boolean dryRun) {
        int restart = difference.needRestart().size();
        int count = difference.changes().size() - restart;
        String changes = count == 0 ? "nothing" : count + (count == 1 ? " change" : " changes");
        String rest = restart == 0 ? "" : "; " + restart + (restart == 1 ? " needs" : " need") + " a restart";
        return (dryRun ? "a reload would apply: " : "applied: ") + changes + rest;
    }
}
