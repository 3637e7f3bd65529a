package hadirector.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "run",
        description = "Run a director in the foreground until SIGTERM, which hands its VIPs over first.",
        footer = {
            "",
            "Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF for the packet engine, nothing for the proxy engine.",
            "Every mistake in the config file is printed, and then nothing is started (exit code 2).",
            "",
            "Examples:",
            "  director run",
            "  director run --config ./director.conf --name lb2 --socket ./lb2.sock"
        })
class RunCommand implements Callable<Integer> {
    private final GlobalOptions options;
    private final Runner runner;
    private final boolean witness;

    RunCommand(GlobalOptions options, Runner runner) {
        this(options, runner, false);
    }

    RunCommand(GlobalOptions options, Runner runner, boolean witness) {
        this.options = options;
        this.runner = runner;
        this.witness = witness;
    }

    @Override
    public Integer call() throws Exception {
        return runner.run(options.config(), options.name(), options.socket(), witness);
    }
}
