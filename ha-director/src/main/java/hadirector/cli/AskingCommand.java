package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A command that asks the running director.
abstract class AskingCommand implements Callable<Integer> {
    final GlobalOptions options;
    private final Duration patience;

    @Spec private CommandSpec spec = CommandSpec.create();

    /// @param patience with a director that is silent
    AskingCommand(GlobalOptions options, Duration patience) {
        this.options = options;
        this.patience = patience;
    }

    Output output() {
        return Output.of(spec.commandLine(), options);
    }

    Reply ask(Request request) throws NoDirectorException {
        return ask(request, _ -> {});
    }

    Reply ask(Request request, Consumer<Reply.Progress> progress) throws NoDirectorException {
        return options.client(patience).ask(request, progress);
    }

    /// What is wrong with the command line.
    ParameterException wrong(String what) {
        return new ParameterException(spec.commandLine(), what);
    }
}
