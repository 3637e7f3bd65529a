package hadirector.outbound;

import hadirector.model.Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// By an nftables table of our own. A thread brings it to what is wanted, and looks now and then whether it still is there: reloading a
/// host's firewall often flushes everybody's rules. What an earlier director left behind is removed at the start.
final class NftMasquerade implements Masquerade {
    static final Duration CHECK = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger("director");
    private static final long CLOSE_SECONDS = 15;

    private final Nft nft;
    /// What comes after [#close] is dropped.
    private final ScheduledExecutorService thread = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("masquerade").factory(), new ThreadPoolExecutor.DiscardPolicy());
    private volatile List<Prefix> wanted = List.of();
    private volatile @Nullable String trouble;

    /// What is in place; null: unknown, as at the start.
    private @Nullable List<Prefix> applied;

    private boolean used;

    /// As nft shows it.
    private String listing = "";

    NftMasquerade(Nft nft, Duration check) {
        this.nft = nft;
        var _ = thread.scheduleWithFixedDelay(this::reconcile, 0, check.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void want(Collection<Prefix> sources) {
        wanted = Masquerade.disjoint(sources);
        thread.execute(this::reconcile);
    }

    @Override
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    private void reconcile() {
        var goal = wanted;
        try {
            if (!goal.equals(applied) || isLost(goal)) {
                apply(goal);
            }
            trouble = null;
        } catch (IOException e) {
            failed(goal, String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // Or nobody would ever try again.
            failed(goal, String.valueOf(e));
        }
    }

    private void failed(List<Prefix> goal, String why) {
        if (goal.isEmpty() && !used) { // What never worked has left nothing behind, or it is not ours to care about.
            applied = goal;
            return;
        }
        applied = null;
        if (!why.equals(trouble)) {
            LOG.warn("event=masquerade-failed why=\"{}\"", why.replace('\n', ' '));
        }
        trouble = why;
    }

    private boolean isLost(List<Prefix> goal) throws IOException, InterruptedException {
        boolean lost = !goal.isEmpty() && !list().equals(listing);
        if (lost) {
            LOG.warn("event=masquerade-lost why=\"another program has changed the table, it is made anew\"");
        }
        return lost;
    }

    private void apply(List<Prefix> goal) throws IOException, InterruptedException {
        check(nft.run(goal.isEmpty() ? Ruleset.REMOVE : Ruleset.masquerade(goal), "-f", "-"));
        listing = goal.isEmpty() ? "" : list();
        if (applied != null || !goal.isEmpty()) {
            LOG.info("event=masquerade sources=\"{}\"", goal);
        }
        applied = goal;
        used |= !goal.isEmpty();
    }

    private String list() throws IOException, InterruptedException {
        return nft.run("", "-s", "list", "table", Ruleset.FAMILY, Ruleset.TABLE).out();
    }

    private static void check(Nft.Outcome outcome) throws IOException {
        if (!outcome.ok()) {
            throw new IOException("nft refused the rules (exit code %d): %s".formatted(outcome.code(), outcome.out()));
        }
    }

    @Override
    public void close() {
        wanted = List.of();
        thread.execute(this::reconcile);
        thread.shutdown(); // Ends the checks; what was given before still runs.
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                var _ = thread.shutdownNow();
            }
        } catch (InterruptedException _) {
            var _ = thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
