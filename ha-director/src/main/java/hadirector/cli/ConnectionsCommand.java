package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "connections",
        description = "List connections in the columns of ipvsadm -L -n -c.",
        footer = {
            "",
            "Examples:",
            "  director connections --limit 20",
            "  director connections --service shop --client 192.0.2.7"
        })
final class ConnectionsCommand extends AskingCommand {
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
        super(options, Duration.ofSeconds(30));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        var request =
                new Request.Connections(
                        Optional.ofNullable(service),
                        Optional.ofNullable(realServer),
                        Optional.ofNullable(client),
                        limit);
        var reply = ask(request);
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
