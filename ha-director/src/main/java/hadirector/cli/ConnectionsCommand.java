package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "connections",
        description = "List connections in the columns of ipvsadm -L -n -c.",
        footer = {
            "",
            "Examples:",
            "  director connections --limit 20",
            "  director connections --service shop --client 192.0.2.7"
        })
final class ConnectionsCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--service", paramLabel = "SERVICE", description = "Only of this service.")
    private @Nullable String service;

    @Option(
            names = "--realserver",
            paramLabel = "ADDRESS:PORT",
            description = "Only those on this realserver.")
    private @Nullable String realServer;

    @Option(names = "--client", paramLabel = "ADDRESS", description = "Only from this client.")
    private @Nullable String client;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "1000",
            description = "At most so many, 1 to 100000; default ${DEFAULT-VALUE}.")
    private int limit;

    ConnectionsCommand(GlobalOptions options) {
        this.options = options;
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = Output.of(spec.commandLine(), options);
        var request =
                new Request.Connections(
                        Optional.ofNullable(service),
                        Optional.ofNullable(realServer),
                        Optional.ofNullable(client),
                        limit);
        var reply = options.client(PATIENCE).ask(request, _ -> {});
        if (!(reply instanceof Reply.Connections(long total, var connections))) {
            return output.other(reply);
        }
        int code = output.ok(connections, IpvsText.connections(connections));
        if (connections.size() == limit && total > limit && !output.json()) {
            output.err().println("the first " + limit + " (--limit); the table has " + total);
            output.err().flush();
        }
        return code;
    }
}
