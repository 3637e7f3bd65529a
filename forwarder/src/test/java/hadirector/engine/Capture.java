package hadirector.engine;

import hadirector.lab.Await;
import hadirector.lab.Host;
import hadirector.lab.LabProcess;
import java.time.Duration;
import java.util.List;

/// tcpdump on an interface of a host, from when it is made until it is read.
record Capture(Host host, LabProcess process) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    static Capture of(Host host, String interfaceName, String filter) throws Exception {
        var process = host.start("tcpdump", "-n", "-l", "--immediate-mode", "-i", interfaceName, filter);
        return new Capture(host, process.awaitOutput("listening on", PATIENCE));
    }

    /// Ends it; a line for each packet. Of the very first tcpdump may miss one.
    List<String> lines() throws Exception {
        if (process.isAlive()) {
            process.signal("INT");
            var _ = process.awaitExit(PATIENCE);
            Await.until("its last words", () -> process.output().contains("dropped by kernel"));
        }
        return process.output().lines().filter(line -> line.contains(" > ")).toList();
    }

    /// The lab ends it, if nobody has read it.
    @Override
    public void close() {
        if (process.isAlive()) {
            process.signal("KILL");
        }
    }
}
