package hadirector.cli;

import picocli.CommandLine.Command;

@Command(
        name = "witness",
        description = "Run a witness: a member of the cluster that votes and forwards nothing.",
        footer = {
            "",
            "With director.cluster.arbiter = witness, a director holds VIPs only while more than half of the members see",
            "each other. A third machine that runs this makes the half that may go on. It needs no privilege and no",
            "interface beside the cluster network; it must have no priority in any group.",
            "",
            "Examples:",
            "  director witness",
            "  director witness --config ./director.conf --name w1 --socket ./w1.sock"
        })
final class WitnessCommand extends RunCommand {
    WitnessCommand(GlobalOptions options, Runner runner) {
        super(options, runner, true);
    }
}
