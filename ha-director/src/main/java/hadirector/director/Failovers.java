package hadirector.director;

import hadirector.admin.Answer;
import hadirector.role.FailoverRequest;
import hadirector.role.FailoverRequest.Outcome;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Operators' failovers that wait for their outcome, from here or from the holder. Any thread.
final class Failovers {
    private static final long ANSWER_SECONDS = 10;

    private final String director;
    private final Map<Long, CompletableFuture<Outcome>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong ids;

    /// @param first number of a request; an answer to an earlier life of this director finds none of ours
    Failovers(String director, long first) {
        this.director = director;
        ids = new AtomicLong(first);
    }

    /// Passes the request to `role` and waits for what comes of it.
    Answer ask(String group, Optional<String> target, boolean force, Consumer<FailoverRequest> role) {
        long began = System.nanoTime();
        var request = new FailoverRequest(director, ids.incrementAndGet(), target, force);
        var outcome = new CompletableFuture<Outcome>();
        waiting.put(request.id(), outcome);
        role.accept(request);
        try {
            return answer(group, outcome.get(ANSWER_SECONDS, TimeUnit.SECONDS), began);
        } catch (TimeoutException _) {
            return new Answer.Failed("no answer from the holder of " + group + " within " + ANSWER_SECONDS + " s");
        } catch (ExecutionException e) {
            return new Answer.Failed(String.valueOf(e.getCause()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.Failed("interrupted");
        } finally {
            waiting.remove(request.id());
        }
    }

    private static Answer answer(String group, Outcome outcome, long began) {
        return switch (outcome) {
            case Outcome.Moved(String holder, int epoch, long _) ->
                    new Answer.Done(
                            "%s is held by %s (epoch %d)".formatted(group, holder, epoch),
                            (System.nanoTime() - began) / 1_000_000);
            case Outcome.Refused(String why) -> new Answer.Refused(why);
        };
    }

    /// The outcome of one; of one that nobody waits for any more, nothing.
    void ended(long request, Outcome outcome) {
        var asked = waiting.remove(request);
        if (asked != null) {
            asked.complete(outcome);
        }
    }
}
