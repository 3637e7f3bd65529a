package hadirector.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Against an nft that holds one table.
class NftMasqueradeTest {
    private static final List<Prefix> SOURCES = List.of(Prefix.of("10.1.0.0/24"));
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    private final FakeNft nft = new FakeNft();
    private final NftMasquerade masquerade = new NftMasquerade(nft, Duration.ofMillis(5));

    private static final class FakeNft implements Nft {
        final List<String> scripts = new CopyOnWriteArrayList<>();
        volatile String table = "left by a crash";
        volatile String refusal = "";
        volatile boolean missing;

        @Override
        public Outcome run(String input, String... words) throws IOException {
            if (missing) {
                throw new IOException("nft is not installed: apt install nftables");
            }
            if (!refusal.isEmpty()) {
                return new Outcome(1, refusal);
            }
            if (words[0].equals("-f")) {
                scripts.add(input);
                table = input.equals(Ruleset.REMOVE) ? "" : input;
            }
            return new Outcome(table.isEmpty() ? 1 : 0, table);
        }
    }

    @AfterEach
    void close() {
        masquerade.close();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean isInPlace() {
        return nft.table.equals(Ruleset.masquerade(SOURCES));
    }

    @Test
    void whatACrashLeftIsRemovedAtTheStart() {
        await(() -> nft.table.isEmpty());
        assertThat(nft.scripts).containsExactly(Ruleset.REMOVE);
    }

    @Test
    void theTableComesAndGoesWithWhatIsWanted() {
        masquerade.want(SOURCES);
        await(this::isInPlace);
        assertThat(masquerade.trouble()).isEmpty();
        masquerade.want(List.of());
        await(() -> nft.table.isEmpty());
    }

    @Test
    void aTableThatSomebodyFlushedComesBack() {
        masquerade.want(SOURCES);
        await(this::isInPlace);
        await(() -> nft.scripts.contains(Ruleset.masquerade(SOURCES)));
        nft.table = "";
        await(this::isInPlace);
        nft.table = "changed by somebody";
        await(this::isInPlace);
    }

    @Test
    void aRefusalIsTellingAndTriedAgain() {
        nft.refusal = "Error: Could not process rule: Operation not permitted";
        masquerade.want(SOURCES);
        await(() -> masquerade.trouble().isPresent());
        assertThat(masquerade.trouble().orElseThrow())
                .isEqualTo("nft refused the rules (exit code 1): Error: Could not process rule: Operation not permitted");
        nft.refusal = "";
        await(() -> isInPlace() && masquerade.trouble().isEmpty());
    }

    @Test
    void withoutNftThereIsTroubleOnlyIfItIsNeeded() {
        nft.missing = true;
        masquerade.want(List.of());
        masquerade.want(SOURCES);
        await(() -> masquerade.trouble().filter(why -> why.contains("apt install nftables")).isPresent());
        masquerade.want(List.of());
        await(() -> masquerade.trouble().isEmpty());
    }

    @Test
    void closeRemovesTheTable() {
        masquerade.want(SOURCES);
        await(this::isInPlace);
        masquerade.close();
        assertThat(nft.table).isEmpty();
    }
}
