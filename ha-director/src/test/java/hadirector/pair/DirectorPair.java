package hadirector.pair;

import static java.util.Objects.requireNonNull;

import hadirector.admin.Answer;
import hadirector.admin.ControlClient;
import hadirector.admin.NoDirectorException;
import hadirector.admin.Reply;
import hadirector.admin.Request;
import hadirector.admin.StatusReport;
import hadirector.engine.Counter;
import hadirector.keys.KeyFolder;
import hadirector.keys.KeysException;
import hadirector.lab.Host;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import hadirector.lab.Nic;
import hadirector.lab.Segment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The lab of the failover tests: a client, two real director processes and realservers, on an outside, an inside and a cluster
/// segment.
///
/// ```
///   client 192.0.2.100 --+-- outside 192.0.2.0/24 --+-- lb1 .1, lb2 .2 --+-- inside 10.1.0.0/24 --+-- rs1 .11, rs2 .12, ...
///                        (VIP 192.0.2.10)                 |  |  cluster 10.9.0.0/24      (gateway 10.1.0.1)
/// ```
final class DirectorPair implements AutoCloseable {
    static final String VIP = "192.0.2.10";
    static final int PORT = 80;
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    final NetLab lab = new NetLab();
    final Segment outside = lab.segment("out");
    final Segment inside = lab.segment("in");
    final Segment cluster = lab.segment("ha");
    final Host client = lab.host("client");
    final List<Host> realServers = new ArrayList<>();
    final List<Nic> realServerNics = new ArrayList<>();
    final List<EchoServer> echoes = new ArrayList<>();
    private final Map<String, Host> directors = new HashMap<>();
    private final Map<String, List<Nic>> nics = new HashMap<>();
    private final Map<String, LabProcess> processes = new HashMap<>();
    private final Path folder;
    private Path keys;
    private final List<String> keyHolders = new ArrayList<>(List.of("lb1", "lb2"));
    private String engine = "packet";
    private String clusterLines = "";
    private String members = "lb1 = \"10.9.0.1:7800\", lb2 = \"10.9.0.2:7800\"";

    DirectorPair(int realServerCount) {
        try {
            folder = Files.createTempDirectory("hadirector-lab");
            keys = folder.resolve("keys");
            keys(KeyFolder.Task.COMPLETE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        client.nic("eth0", outside, "192.0.2.100/24");
        for (int i = 1; i <= 2; i++) {
            String name = "lb" + i;
            var host = lab.host(name);
            directors.put(name, host);
            nics.put(
                    name,
                    List.of(
                            host.nic("eth0", outside, "192.0.2.%d/24".formatted(i)),
                            host.nic("eth1", inside, "10.1.0.%d/24".formatted(i + 1)),
                            host.nic("eth2", cluster, "10.9.0.%d/24".formatted(i))));
        }
        IntStream.rangeClosed(1, realServerCount).forEach(this::addRealServer);
    }

    private void addRealServer(int number) {
        var host = lab.host("rs" + number);
        realServerNics.add(host.nic("eth0", inside, "10.1.0.%d/24".formatted(10 + number)));
        host.with("ip route add default via 10.1.0.1");
        realServers.add(host);
        echoes.add(host.in(() -> new EchoServer("rs" + number, PORT)));
    }

    /// Makes or changes the keys of both directors, as `director keys` does.
    void keys(KeyFolder.Task task) throws IOException {
        try {
            var _ = new KeyFolder(keys, "lab", Duration.ofDays(730), Instant.now()).run(task, keyHolders);
        } catch (KeysException | GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /// Directors that start from the next [#config] on have keys of another authority than those before.
    DirectorPair otherKeys() throws IOException {
        keys = folder.resolve("other-keys");
        keys(KeyFolder.Task.COMPLETE);
        return this;
    }

    /// What the config says of `director.engine`, from the next [#config] on.
    DirectorPair engine(String value) {
        engine = value;
        return this;
    }

    /// Has the directors speak IPv6 with each other, from the next [#config] on.
    DirectorPair clusterOverIpv6() {
        for (int i = 1; i <= 2; i++) {
            host("lb" + i).ipv6().with("ip addr add fd00:9::%d/64 dev eth2".formatted(i));
        }
        members = "lb1 = \"[fd00:9::1]:7800\", lb2 = \"[fd00:9::2]:7800\"";
        return this;
    }

    /// Gives each director a fourth interface, on a second cluster network, from the next [#config] on.
    DirectorPair secondClusterLink() {
        var second = lab.segment("ha2");
        for (int i = 1; i <= 2; i++) {
            var all = new ArrayList<>(requireNonNull(nics.get("lb" + i)));
            all.add(host("lb" + i).nic("eth3", second, "10.8.0.%d/24".formatted(i)));
            nics.put("lb" + i, all);
        }
        members = "lb1 = [\"10.9.0.1:7800\", \"10.8.0.1:7800\"], lb2 = [\"10.9.0.2:7800\", \"10.8.0.2:7800\"]";
        return this;
    }

    /// More lines for `director.cluster`, from the next [#config] on.
    DirectorPair cluster(String lines) {
        clusterLines = lines;
        return this;
    }

    /// A member of the cluster that only votes, from the next [#config] on.
    Host witness(String name) throws IOException {
        keyHolders.add(name);
        keys(KeyFolder.Task.COMPLETE);
        var host = lab.host(name);
        host.nic("eth0", cluster, "10.9.0.9/24");
        members += ", " + name + " = \"10.9.0.9:7800\"";
        return host;
    }

    /// Rewrites the config file that both directors share.
    DirectorPair config(String services) throws IOException {
        return config("", services);
    }

    /// @param more lines for the group `web`
    DirectorPair config(String more, String services) throws IOException {
        return config("\"192.0.2.10/24@eth0\"", "\"10.1.0.1/24@eth1\"", more, services);
    }

    DirectorPair config(String vips, String gateways, String more, String services) throws IOException {
        Files.writeString(
                configFile(),
                """
                director {
                  engine = %s
                  metrics = "0.0.0.0:9620"
                  cluster {
                    name = lab
                    keys = "%s"
                    members { %s }
                    %s
                  }
                }
                vip-groups {
                  web {
                    vips = [%s]
                    gateways = [%s]
                    priority { lb1 = 100, lb2 = 50 }
                    %s
                  }
                }
                services {
                %s
                }
                """
                        .formatted(engine, keys, members, clusterLines, vips, gateways, more, services));
        return this;
    }

    /// A service with all realservers, NAT, round robin, TCP-checked.
    String service(String name, String protocol, int port) {
        return service(name, protocol, port, "method = nat, scheduler = rr");
    }

    String service(String name, String protocol, int port, String more) {
        var servers =
                IntStream.rangeClosed(1, realServers.size())
                        .mapToObj(i -> "{ address = \"10.1.0.%d:80\" }".formatted(10 + i));
        String check = protocol.equals("tcp") ? "tcp" : "ping";
        return service(name, protocol, VIP + ":" + port, check, more, String.join(", ", servers.toList()));
    }

    /// @param vip `address:port` or `[address]:port`, as wrong as the test wants
    /// @param check its type
    /// @param servers of the list `realservers`
    static String service(String name, String protocol, String vip, String check, String more, String servers) {
        int colon = vip.lastIndexOf(':');
        String address = vip.substring(0, colon).replaceAll("[\\[\\]]", "");
        return """
                %s {
                  group = web, vip = "%s", port = %s, protocol = %s, %s
                  check { type = %s, interval = 300ms, timeout = 250ms, rise = 1, fall = 2 }
                  realservers = [ %s ]
                }
                """
                .formatted(name, address, vip.substring(colon + 1), protocol, more, check, servers);
    }

    Path configFile() {
        return folder.resolve("director.conf");
    }

    Host host(String director) {
        return requireNonNull(directors.get(director));
    }

    Nic nic(String director, int number) {
        return requireNonNull(nics.get(director)).get(number);
    }

    LabProcess process(String director) {
        return requireNonNull(processes.get(director));
    }

    /// Starts a director; what it says is in the lab's dump.
    LabProcess start(String director) {
        var process = host(director).start(Map.of(), java(director, "run"));
        processes.put(director, process);
        return process;
    }

    /// Starts both and waits for a settled pair: lb1 holds, lb2 is a synced backup, all realservers are up on both.
    DirectorPair startBoth() throws InterruptedException {
        start("lb1");
        start("lb2");
        return settle();
    }

    /// Brings the pair, of which both run, to where [#startBoth] leaves it.
    DirectorPair settle() throws InterruptedException {
        await("one holder", () -> agreedHolder().isPresent());
        if (agreedHolder().filter("lb2"::equals).isPresent()) { // Whoever comes first keeps the group.
            awaitSettled("lb2");
            failover("lb1");
        }
        awaitSettled("lb1");
        return this;
    }

    private Optional<String> agreedHolder() {
        var names =
                directors.keySet().stream()
                        .map(this::status)
                        .map(status -> status == null ? null : status.groups().getFirst().holder())
                        .map(Optional::ofNullable)
                        .distinct()
                        .toList();
        return names.size() == 1 ? names.getFirst() : Optional.empty();
    }

    /// Hands the group over and waits until it has happened.
    void failover(String to) throws InterruptedException {
        var reply = ask(to, new Request.Failover("web", Optional.of(to), false));
        if (!(reply instanceof Reply.Result(Answer.Done _))) {
            throw new AssertionError("failover to " + to + ": " + reply);
        }
        awaitHolder(to, to);
    }

    /// Waits until `holder` holds and both directors are fit, synced and see all realservers up.
    void awaitSettled(String holder) throws InterruptedException {
        for (String director : directors.keySet()) {
            await(director + " settled under " + holder, () -> isSettled(director, holder));
        }
    }

    private boolean isSettled(String director, String holder) {
        var status = status(director);
        if (status == null) {
            return false;
        }
        var group = status.groups().getFirst();
        return holder.equals(group.holder())
                && group.synced()
                && group.fit()
                && status.cluster().members().containsAll(directors.keySet())
                && servers(status)
                        .filter(server -> server.configuredWeight() > 0) // Not the removed ones that drain.
                        .allMatch(server -> server.verdict() == StatusReport.Verdict.UP);
    }

    void awaitHolder(String director, String holder) throws InterruptedException {
        awaitStatus(
                director,
                holder + " holds, says " + director,
                status -> holder.equals(status.groups().getFirst().holder()));
    }

    /// Waits for a status of `director` that satisfies `wanted`.
    void awaitStatus(String director, String what, Predicate<StatusReport> wanted) throws InterruptedException {
        await(
                what,
                () -> {
                    var status = status(director);
                    return status != null && wanted.test(status);
                });
    }

    static Stream<StatusReport.Server> servers(StatusReport status) {
        return status.services().stream().flatMap(service -> service.servers().stream());
    }

    static StatusReport.Server server(StatusReport status, String service, String endpoint) {
        return status.services().stream()
                .filter(s -> s.name().equals(service))
                .flatMap(s -> s.servers().stream())
                .filter(s -> s.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + service + " " + endpoint + " in " + status));
    }

    void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("waited " + PATIENCE + " for: " + what + "\n" + explain());
            }
            Thread.sleep(20);
        }
    }

    /// What both directors say and have said, for a failure's message.
    private String explain() {
        var text = new StringBuilder();
        for (var running : processes.entrySet()) {
            var status = status(running.getKey());
            if (status == null) {
                askForThreads(running.getValue());
            }
            text.append(running.getKey()).append(": ").append(status).append('\n').append(log(running.getKey())).append('\n');
        }
        return text.toString();
    }

    /// A process that does not answer says where its threads are, in its log.
    private static void askForThreads(LabProcess process) {
        try {
            process.signal("QUIT");
            process.awaitOutput("Full thread dump", Duration.ofSeconds(5));
            Thread.sleep(500);
        } catch (AssertionError | InterruptedException _) {
            // It has ended, or not even its VM answers.
        }
    }

    /// The director's status; null while it does not answer.
    @Nullable StatusReport status(String director) {
        return ask(director, new Request.Status()) instanceof Reply.Status(StatusReport status) ? status : null;
    }

    /// What the engine of `director` has counted.
    long counter(String director, Counter counter) {
        var status = requireNonNull(status(director), director);
        return status.engine().counters().getOrDefault(counter.name(), 0L);
    }

    /// The connections in the table of `director`, of one service.
    List<Reply.Connection> connections(String director, String service) {
        var request =
                new Request.Connections(
                        Optional.of(service), Optional.empty(), Optional.empty(), Request.Connections.LIMIT_MAX);
        return ask(director, request) instanceof Reply.Connections(long _, var connections) ? connections : List.of();
    }

    /// Asks a director, as the command line does; null while it does not answer.
    @Nullable Reply ask(String director, Request request) {
        try {
            return new ControlClient(socket(director), ANSWER).ask(request, _ -> {});
        } catch (NoDirectorException _) {
            return null;
        }
    }

    /// Runs the command line client beside a director, as an operator does.
    LabProcess cli(String director, String... words) {
        return host(director).start(Map.of(), java(director, words));
    }

    Path socket(String director) {
        return folder.resolve(director + ".sock");
    }

    /// The command line of a director process, or of the client beside it.
    List<String> java(String director, String... words) {
        return java(director, configFile(), socket(director), words);
    }

    /// The command line of a director process of that name with a config file and control socket of its own.
    List<String> java(String director, Path config, Path socket, String... words) {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "hadirector.main.Main"));
        // As bin/director does: a director is to forward without pauses, a command to start quickly.
        command.addAll(1, List.of("run", "witness").contains(words[0]) ? List.of("-XX:+UseZGC") : List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of(words));
        command.addAll(
                List.of("--config", config.toString(), "--name", director, "--socket", socket.toString()));
        return command;
    }

    PingPong pingPong(int connections) throws InterruptedException {
        return client.in(() -> new PingPong(VIP, PORT, connections, Duration.ofMillis(20))).awaitConnected();
    }

    GapProbe gapProbe(int port) {
        return client.in(() -> new GapProbe(VIP, port));
    }

    String log(String director) {
        return process(director).output();
    }

    @Override
    public void close() {
        lab.close();
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
