package hadirector.health.probe;

import hadirector.health.ProbeResult;
import java.util.concurrent.CompletableFuture;

/// One question to one realserver, asked as often as wanted.
@FunctionalInterface
interface Probe {
    /// Asks once, without blocking. The answer comes within the check's timeout, on any thread;
    /// completing the future from outside (cancel) abandons the run and frees what it holds.
    CompletableFuture<ProbeResult> run();
}
