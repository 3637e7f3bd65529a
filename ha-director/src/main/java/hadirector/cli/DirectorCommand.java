package hadirector.cli;

import hadirector.admin.NoDirectorException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program `director`: its commands, and what they have in common.
@Command(
        name = "director",
        description = "Virtual IPs, realservers, and connections that outlive the director that carries them.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  director check --config director.conf   is the file right? what would a reload change?",
            "  director run --name lb1                 run as lb1 (what systemctl start ha-director does)",
            "  director status --watch                 groups, peers, realservers and rates, every 2 s",
            "  director failover web --to lb2          hand group web over; its connections stay open",
            "  director drain shop 10.1.0.11 --wait    no new connections; wait for the old ones to end",
            "",
            "'director COMMAND --help' explains one command; the manual is director(8)."
        })
public final class DirectorCommand implements Runnable {
    @Mixin private final GlobalOptions options = new GlobalOptions();

    @Spec private CommandSpec spec = CommandSpec.create();

    private DirectorCommand() {}

    /// Runs one command line and gives its exit code.
    public static int execute(Runner runner, String... words) {
        return commandLine(runner, InstantSource.system()).execute(words);
    }

    /// All commands.
    ///
    /// @param clock what "3 s ago" counts from
    static CommandLine commandLine(Runner runner, InstantSource clock) {
        var root = new DirectorCommand();
        var options = root.options;
        var all =
                new CommandLine(root)
                        .addSubcommand(new RunCommand(options, runner))
                        .addSubcommand(new WitnessCommand(options, runner))
                        .addSubcommand(new CheckCommand(options))
                        .addSubcommand(new StatusCommand(options, clock))
                        .addSubcommand(new ServicesCommand(options))
                        .addSubcommand(new ConnectionsCommand(options))
                        .addSubcommand(new WhereCommand(options))
                        .addSubcommand(new FailoverCommand(options))
                        .addSubcommand(new FailoversCommand(options))
                        .addSubcommand(new RehearseCommand(options))
                        .addSubcommand(new DrainCommand(options))
                        .addSubcommand(new EnableCommand(options))
                        .addSubcommand(new ReloadCommand(options))
                        .addSubcommand(new KeysCommand(options, clock))
                        .addSubcommand(new VersionCommand(options))
                        .addSubcommand(new CompletionCommand());
        all.setExecutionExceptionHandler((e, command, _) -> failed(e, Output.of(command, options)));
        all.setUsageHelpWidth(100);
        describeExitCodes(all);
        all.getSubcommands().values().forEach(DirectorCommand::describeExitCodes);
        return all;
    }

    private static void describeExitCodes(CommandLine command) {
        var codes =
                new LinkedHashMap<>(
                        Map.of("0", "it was done; for status: the director is healthy"));
        codes.put("1", "it failed; for status: the director is not healthy");
        codes.put("2", "the command line or the config file is wrong");
        codes.put("3", "the director refused; its reason is on standard error");
        codes.put("4", "no director answers on the control socket");
        command.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(codes);
    }

    /// What an operator can mend is a sentence; anything else is a bug, and picocli prints its trace.
    private static int failed(Exception e, Output output) throws Exception {
        return switch (e) {
            case NoDirectorException _ -> output.noDirector(String.valueOf(e.getMessage()));
            case IOException _ -> output.failed(String.valueOf(e.getMessage()));
            default -> throw e;
        };
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }
}
