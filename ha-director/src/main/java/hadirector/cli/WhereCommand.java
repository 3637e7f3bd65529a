package hadirector.cli;

import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "where",
        description = "Tell where the packets of a client go, or would go if it came now, and why.",
        footer = {
            "",
            "For a connection that the director knows: realserver, method, next hops, who forwards it (the",
            "kernel at tc or XDP, or the director's own thread) and the time that is left without a packet. For",
            "a client that is not there: whom the scheduler would choose at this moment. Nothing is changed.",
            "Ask the holder of the group; a backup answers from its copy.",
            "",
            "Examples:",
            "  director where 192.0.2.7:51234 192.0.2.10:80",
            "  director where 192.0.2.7:5353 192.0.2.53:53 --udp",
            "  director where '[2001:db8::7]:40000' '[2001:db8::10]:443' --json | jq -r .realServer"
        })
final class WhereCommand extends AskingCommand {
    @Parameters(index = "0", paramLabel = "CIP:PORT", description = "Address and port of the client.")
    private String client = "";

    @Parameters(index = "1", paramLabel = "VIP:PORT", description = "Address and port of the service.")
    private String virtual = "";

    @Option(names = "--udp", description = "UDP; otherwise TCP.")
    private boolean udp;

    WhereCommand(GlobalOptions options) {
        super(options, Duration.ofSeconds(20));
    }

    @Override
    public Integer call() throws NoDirectorException {
        var output = output();
        var request = new Request.Where(client, virtual, udp ? "udp" : "tcp");
        var reply = ask(request);
        return reply instanceof Reply.Where(var where) ? output.ok(where, WhereText.of(where)) : output.other(reply);
    }
}
