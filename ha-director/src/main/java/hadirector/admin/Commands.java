package hadirector.admin;

import hadirector.admin.StatusReport.Server;
import hadirector.admin.StatusReport.Service;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// Carries requests out: looks names up, calls the director, watches a drain.
final class Commands {
    /// Where replies go; throws when the client has gone.
    @FunctionalInterface
    interface Replies {
        void send(Reply reply) throws IOException;
    }

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private final Operations director;
    private final Duration drainPoll;

    /// @param drainPoll how often a drain looks at what is left
    Commands(Operations director, Duration drainPoll) {
        this.director = director;
        this.drainPoll = drainPoll;
    }

    void run(Request request, Replies replies)
            throws IOException, BadRequestException, InterruptedException {
        switch (request) {
            case Request.Status _ -> replies.send(new Reply.Status(director.status()));
            case Request.Version _ -> {
                var status = director.status();
                replies.send(new Reply.Version(status.director(), status.build()));
            }
            case Request.Connections connections -> replies.send(connections(connections));
            case Request.Where(String client, String virtual, String protocol) ->
                    replies.send(where(client, virtual, protocol));
            case Request.Failovers(var group) -> replies.send(failovers(group));
            case Request.Failover(String group, var to, boolean force) -> result(replies, failover(group, to, force));
            case Request.Drain(String service, String realServer, var await) ->
                    drain(named(service, realServer), await, replies);
            case Request.Enable(String service, String realServer) -> {
                var named = named(service, realServer);
                result(replies, director.enable(named.service(), named.realServer()));
            }
            case Request.Reload(boolean dryRun) -> result(replies, director.reload(dryRun));
        }
    }

    private static void result(Replies replies, Answer answer) throws IOException {
        replies.send(new Reply.Result(answer));
    }

    private Answer failover(String group, Optional<String> to, boolean force) throws BadRequestException {
        known(group);
        return director.failover(group, to, force);
    }

    private Reply failovers(Optional<String> group) throws BadRequestException {
        if (group.isPresent()) {
            known(group.get());
        }
        return new Reply.Failovers(director.failovers().stream()
                .filter(report -> group.isEmpty() || report.group().equals(group.get()))
                .toList());
    }

    private void known(String group) throws BadRequestException {
        var names = director.status().groups().stream().map(StatusReport.Group::name).toList();
        if (!names.contains(group)) {
            throw new BadRequestException(Names.unknown("group", group, names));
        }
    }

    private Reply connections(Request.Connections request) throws BadRequestException {
        var status = director.status();
        Protocol protocol = null;
        Endpoint virtual = null;
        Endpoint real = null;
        if (request.service().isPresent()) {
            var service = service(status, request.service().get());
            protocol = protocol(service.protocol());
            virtual = Endpoint.of(service.vip());
        }
        if (request.realServer().isPresent()) {
            String text = request.realServer().get();
            real = endpoint("realserver", text);
        }
        IpAddress client = null;
        if (request.client().isPresent()) {
            String text = request.client().get();
            client = IpAddress.parse(text).orElseThrow(() -> not("client", text, "an address"));
        }
        var filter = new ConnectionFilter(protocol, virtual, real, client);
        var found = director.connections(filter, request.limit());
        return new Reply.Connections(
                status.engine().connections(), found.stream().map(Reply.Connection::of).toList());
    }

    private Reply where(String clientText, String virtualText, String protocolText) throws BadRequestException {
        var client = endpoint("client", clientText);
        var virtual = endpoint("virtual", virtualText);
        if (client.address().isV4() != virtual.address().isV4()) {
            throw new BadRequestException("client is '" + clientText + "', must be of the family of " + virtualText);
        }
        var protocol = Arrays.stream(Protocol.values())
                .filter(word -> word.word().equals(protocolText))
                .findFirst()
                .orElseThrow(() -> not("protocol", protocolText, "tcp or udp"));
        try {
            var where = director.where(protocol, client, virtual);
            return new Reply.Where(WhereReport.of(director.status(), protocol, client, virtual, where));
        } catch (IllegalStateException e) {
            return new Reply.Result(new Answer.Failed(String.valueOf(e.getMessage())));
        }
    }

    private static Endpoint endpoint(String key, String text) throws BadRequestException {
        return Endpoint.parse(text)
                .orElseThrow(() -> not(key, text, "address:port, such as 192.0.2.7:40000 or [2001:db8::7]:40000"));
    }

    private static BadRequestException not(String key, String text, String what) {
        return new BadRequestException(key + " is '" + text + "', must be " + what);
    }

    private static Protocol protocol(String word) {
        return Arrays.stream(Protocol.values())
                .filter(protocol -> protocol.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("protocol " + word));
    }

    private record Named(String service, Endpoint realServer) {}

    /// The realserver may be named without its port where that is not ambiguous.
    private Named named(String serviceName, String text) throws BadRequestException {
        var service = service(director.status(), serviceName);
        var endpoints = service.servers().stream().map(Server::endpoint).toList();
        var matching =
                endpoints.stream()
                        .map(Endpoint::of)
                        .filter(e -> e.toString().equals(text) || e.address().toString().equals(text))
                        .toList();
        return switch (matching.size()) {
            case 0 -> throw new BadRequestException(
                    Names.unknown("realserver", text, endpoints) + " in service " + serviceName);
            case 1 -> new Named(service.name(), matching.getFirst());
            default -> throw new BadRequestException(
                    "'" + text + "' has several ports in service " + serviceName + ": name one");
        };
    }

    private static Service service(StatusReport status, String name) throws BadRequestException {
        var names = status.services().stream().map(Service::name).toList();
        return status.services().stream()
                .filter(service -> service.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new BadRequestException(Names.unknown("service", name, names)));
    }

    private void drain(Named named, Optional<Duration> await, Replies replies)
            throws IOException, InterruptedException {
        long started = System.nanoTime();
        var answer = director.drain(named.service(), named.realServer());
        if (answer instanceof Answer.Done && await.isPresent()) {
            answer = awaitNone(named, await.get(), started, replies);
        }
        result(replies, answer);
    }

    /// Progress whenever the number changes, and each second, so that a client that left is noticed.
    private Answer awaitNone(Named named, Duration await, long started, Replies replies)
            throws IOException, InterruptedException {
        long told = -1;
        long toldAt = started;
        while (true) {
            long left = left(named);
            long now = System.nanoTime();
            long millis = (now - started) / 1_000_000;
            if (left == 0) {
                return new Answer.Done(
                        named.realServer() + " is drained: no connection is left", millis);
            }
            if (left != told || now - toldAt >= HEARTBEAT.toNanos()) {
                replies.send(new Reply.Progress(left, millis));
                told = left;
                toldAt = now;
            }
            if (millis >= await.toMillis()) {
                return new Answer.Failed(
                        left + (left == 1 ? " connection is" : " connections are") + " left after " + millis + " ms; "
                                + named.realServer() + " stays drained");
            }
            Thread.sleep(drainPoll);
        }
    }

    /// What only waits for its time to be over needs no realserver. One that is not listed any more (removed and empty) has none.
    private long left(Named named) {
        return director.status().services().stream()
                .filter(service -> service.name().equals(named.service()))
                .flatMap(service -> service.servers().stream())
                .filter(server -> server.endpoint().equals(named.realServer().toString()))
                .mapToLong(server -> server.active() + server.inactive() - server.ended())
                .sum();
    }
}
