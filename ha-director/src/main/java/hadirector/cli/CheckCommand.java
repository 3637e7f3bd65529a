package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.Json;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.config.ConfigReader;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import hadirector.config.Environment;
import hadirector.config.Problem;
import hadirector.preflight.Machine;
import hadirector.preflight.Preflight;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

@Command(
        name = "check",
        description = "Check the config file, and tell what a reload of the running director would change.",
        footer = {
            "",
            "Prints every mistake with file:line, the value, what it must be and why. Changes nothing. Without",
            "--name also warns of what stands in the director's way on this machine: keys that are missing, unreadable",
            "or end soon, addresses that the host has, settings. Each warning says what mends it.",
            "",
            "Examples:",
            "  director check",
            "  director check --config new.conf --name lb2 && echo right for lb2"
        })
final class CheckCommand extends AskingCommand {
    CheckCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(10));
    }

    @Override
    public Integer call() {
        var output = output();
        return switch (ConfigReader.read(options.config(), options.name(), Environment.ofThisMachine())) {
            case ConfigResult.Valid(DirectorConfig config, var warnings) ->
                    valid(config, warnings(config, warnings), output);
            case ConfigResult.Invalid(var problems) ->
                    output.answer(new Answer.Invalid(problems.stream().map(Object::toString).toList()));
        };
    }

    /// The file's, and if this machine is the director, what stands in its way here.
    private List<String> warnings(DirectorConfig config, List<Problem> ofFile) {
        boolean packet = config.engine().kind() != DirectorConfig.EngineChoice.PROXY;
        var ofMachine = options.name().isPresent()
                ? List.<Preflight.Finding>of()
                : Preflight.findings(config, Machine.local(), packet);
        return Stream.concat(ofFile.stream(), ofMachine.stream()).map(Object::toString).toList();
    }

    private int valid(DirectorConfig config, List<String> warnings, Output output) {
        var changes = changes(config);
        var json = Json.object().put("outcome", "ok").put("summary", summary(config));
        warnings.forEach(json.putArray("warnings")::add);
        var text = new StringBuilder();
        warnings.forEach(warning -> text.append("warning: ").append(warning).append('\n'));
        text.append(options.config()).append(": ok: ").append(summary(config)).append('\n');
        if (changes.isPresent()) {
            changes.get().forEach(json.putArray("changes")::add);
            text.append(
                    changes.get().isEmpty()
                            ? "The running director has this configuration.\n"
                            : "A reload of the running director would change:\n");
            changes.get().forEach(change -> text.append("  ").append(change).append('\n'));
        }
        return output.ok(json, text.toString());
    }

    private static String summary(DirectorConfig config) {
        long realServers =
                config.services().values().stream().mapToLong(s -> s.realServers().size()).sum();
        return "director " + config.name() + " of cluster " + config.cluster().name()
                + " (" + count(config.cluster().members().size(), "member") + "), "
                + count(config.groups().size(), "VIP group") + ", "
                + count(config.services().size(), "service") + ", "
                + count(realServers, "realserver");
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /// Empty if no director runs here, or one of another name: then there is nothing to compare with.
    private Optional<List<String>> changes(DirectorConfig config) {
        try {
            if (ask(new Request.Version()) instanceof Reply.Version version
                    && version.director().equals(config.name())
                    && ask(new Request.Reload(true))
                            instanceof Reply.Result(Answer.Done done)) {
                return Optional.of(done.details());
            }
        } catch (NoDirectorException _) {
            // A file may be checked where no director runs.
        }
        return Optional.empty();
    }
}
