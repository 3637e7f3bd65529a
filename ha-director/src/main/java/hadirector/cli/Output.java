package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.Json;
import hadirector.admin.Reply;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;

/// Where a command's outcome goes: answers to standard output, reasons to standard error; with `--json` both as JSON to
/// standard output. Each method that ends a command gives its exit code.
record Output(PrintWriter out, PrintWriter err, boolean json) {
    static Output of(CommandLine command, GlobalOptions options) {
        return new Output(command.getOut(), command.getErr(), options.json());
    }

    /// @param text printed without `--json`
    int ok(Object value, String text) {
        if (json) {
            out.println(Json.pretty(value));
        } else {
            out.print(text);
        }
        out.flush();
        return ExitCode.OK;
    }

    int answer(Answer answer) {
        if (json) {
            out.println(Json.pretty(answer));
        }
        return switch (answer) {
            case Answer.Done(String what, long millis, var details) -> {
                say(out, List.of(what + " (" + millis + " ms)"));
                say(out, details.stream().map(line -> "  " + line).toList());
                yield ExitCode.OK;
            }
            case Answer.Refused(String why) -> {
                say(err, List.of("refused: " + why));
                yield ExitCode.REFUSED;
            }
            case Answer.Invalid(var problems) -> {
                say(err, problems);
                yield ExitCode.USAGE;
            }
            case Answer.Failed(String why) -> {
                say(err, List.of("failed: " + why));
                yield ExitCode.FAILED;
            }
        };
    }

    /// A reply that the command did not ask for can only be a refusal to serve, or a bug.
    int other(Reply reply) {
        return switch (reply) {
            case Reply.Result(Answer answer) -> answer(answer);
            case Reply.Rejected(String why) -> answer(new Answer.Invalid(why));
            case Reply.Status _, Reply.Version _, Reply.Connections _, Reply.Where _, Reply.Failovers _, Reply.Progress _ ->
                    answer(new Answer.Failed("an answer to another question: " + reply.toLine()));
        };
    }

    int noDirector(String why) {
        if (json) {
            out.println(Json.pretty(Json.object().put("outcome", "no-director").put("why", why)));
        }
        say(err, List.of(why));
        return ExitCode.NO_DIRECTOR;
    }

    int failed(String why) {
        return answer(new Answer.Failed(why));
    }

    private void say(PrintWriter to, List<String> lines) {
        if (!json) {
            lines.forEach(to::println);
        }
        to.flush();
    }
}
