package hadirector.pair;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hadirector.admin.StatusReport;
import hadirector.cli.ExitCode;
import hadirector.lab.Lab;
import hadirector.lab.LabProcess;
import hadirector.lab.NeedsCommand;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.jspecify.annotations.Nullable;

/// The commands on a live pair, as an operator types them: a process each, its text and its exit code. One pair for all tests;
/// whichever director holds the group when a test begins, and each test leaves a settled pair with the config it found.
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CliLabTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SPARE = 81;
    private static final String CLEAR = "\033[H\033[2J";

    private final DirectorPair pair = new DirectorPair(3);

    /// Both output streams of a command, and its exit code.
    record Said(int code, String text) {
        JsonNode json() throws JsonProcessingException {
            return new ObjectMapper().readTree(text);
        }
    }

    @BeforeAll
    void start() throws Exception {
        pair.config(services()).startBoth();
    }

    @AfterAll
    void close() {
        pair.close();
    }

    /// `spare` is drained; its connections are not counted by the tests of `shop`.
    private String services() {
        return pair.service("shop", "tcp", 80) + pair.service("spare", "tcp", SPARE);
    }

    private Said run(String director, String... words) throws InterruptedException {
        var process = pair.cli(director, words);
        return new Said(process.awaitExit(PATIENCE), process.output());
    }

    /// Runs a command that must succeed.
    private String done(String director, String... words) throws InterruptedException {
        var said = run(director, words);
        assertThat(said.code()).as(said.text()).isEqualTo(ExitCode.OK);
        return said.text();
    }

    private String holder() {
        return Stream.of("lb1", "lb2").filter(name -> isHolder(pair.status(name), name)).findFirst().orElseThrow();
    }

    private static boolean isHolder(@Nullable StatusReport status, String name) {
        return status != null && name.equals(status.groups().getFirst().holder());
    }

    private String backup() {
        return holder().equals("lb1") ? "lb2" : "lb1";
    }

    @Test
    void statusNamesHolderPeersAndRealserversOnEitherSide() throws Exception {
        String holder = holder();
        for (String director : List.of("lb1", "lb2")) {
            String role = director.equals(holder) ? "active" : "backup";
            String peer = director.equals("lb1") ? "lb2" : "lb1";
            assertThat(done(director, "status"))
                    .startsWith(director + "  HA Director ")
                    .containsPattern("engine +packet: BPF \\+ AF_PACKET on eth0, eth1\n")
                    .containsPattern("\neth0 +tcx +- +\\S")
                    .containsPattern("cluster +lab, view \\d+: lb[12], lb[12]; encrypted\n")
                    .containsPattern("\nweb +%s +%s +\\S+ +\\d+ +yes +yes +192.0.2.10".formatted(holder, role))
                    .containsPattern("\n%s +connected +\\d+\\.\\d{3} s".formatted(peer))
                    .containsPattern("\nshop  tcp 192.0.2.10:80  rr  group web\n")
                    .containsPattern("\n  10.1.0.13:80 +nat +1 +up ");
            var json = run(director, "status", "--json").json();
            assertThat(json.at("/director").textValue()).isEqualTo(director);
            assertThat(json.at("/groups/0/holder").textValue()).isEqualTo(holder);
            assertThat(json.at("/groups/0/role").textValue()).isEqualTo(role);
            assertThat(json.at("/services/0/servers")).hasSize(3);
        }
    }

    @Test
    void servicesHaveTheColumnsOfIpvsadmAndCount() throws Exception {
        String holder = holder();
        try (var clients = pair.pingPong(3)) {
            clients.awaitAnswers(30);
            assertThat(done(holder, "services"))
                    .containsPattern("^HA Director version \\S+ \\(size=\\d+\\)\nProt LocalAddress:Port Scheduler Flags\n")
                    .contains("TCP  192.0.2.10:80 rr\n")
                    .containsPattern("  -> 10\\.1\\.0\\.11:80 {17}Masq    1      1          \\d");
            assertThat(done(holder, "services", "shop", "--stats"))
                    .contains("Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n")
                    .containsPattern("TCP  192\\.0\\.2\\.10:80 +[1-9]\\d* +[1-9]\\d+ +[1-9]\\d+ +[1-9]\\d+ +[1-9]\\d+\n")
                    .containsPattern("  -> 10\\.1\\.0\\.13:80 +[1-9]");
            pair.awaitStatus(
                    holder,
                    "rates",
                    status -> DirectorPair.server(status, "shop", "10.1.0.12:80").rates().packetsIn() > 5);
            assertThat(done(holder, "services", "--rate"))
                    .contains("Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n")
                    .containsPattern("  -> 10\\.1\\.0\\.12:80 +\\d+ +[1-9]\\d* +[1-9]\\d* +[1-9]\\d* +[1-9]\\d*\n");
            assertThat(clients.failures()).isEmpty();
        }
        assertThat(run(holder, "services", "shpo")).isEqualTo(new Said(ExitCode.USAGE, "unknown service 'shpo'\n"));
    }

    @Test
    void connectionsHaveTheColumnsOfIpvsadmAndTheirFilters() throws Exception {
        String holder = holder();
        try (var clients = pair.pingPong(6)) {
            clients.awaitAnswers(12);
            String line = "TCP 1[45]:\\d\\d  ESTABLISHED 192\\.0\\.2\\.100:\\d+ +192\\.0\\.2\\.10:80 {6}10\\.1\\.0\\.1[123]:80";
            var lines = done(holder, "connections", "--service", "shop").lines().toList();
            assertThat(lines)
                    .startsWith(
                            "IPVS connection entries",
                            "pro expire state       source             virtual            destination");
            assertThat(established(lines)).hasSize(6).allMatch(text -> text.matches(line));
            var words = established(lines).getFirst().split(" +", -1);
            assertThat(done(holder, "where", words[3], words[4]))
                    .contains("service    shop\n", "group      web, held by " + holder, "entry      ESTABLISHED, ends in 1")
                    .contains("realserver " + words[5] + " by nat\n")
                    .containsPattern("next hop   out of eth1 to ([0-9a-f]{2}:){5}[0-9a-f]{2} \\(10\\.1\\.0\\.1[123]\\)")
                    .containsPattern("replies    out of eth0 to ")
                    .contains("hook       kernel, tc\n");
            assertThat(done(backup(), "where", words[3], words[4])).contains("hook       none\n", "the entry waits for a takeover");
            assertThat(done(holder, "where", "192.0.2.99:1", "192.0.2.10:80")).contains("no entry: rr would choose this realserver now");
            assertThat(done(holder, "where", "192.0.2.99:1", "192.0.2.10:82")).contains("no service listens on tcp port 82");
            assertThat(established(done(holder, "connections", "--realserver", "10.1.0.12:80").lines().toList()))
                    .hasSize(2)
                    .allMatch(text -> text.endsWith(" 10.1.0.12:80"));
            assertThat(done(holder, "connections", "--client", "192.0.2.101").lines()).hasSize(2);
            var first = done(holder, "connections", "--limit", "2");
            assertThat(first).containsPattern("the first 2 \\(--limit\\); the table has \\d+\n");
            assertThat(first.lines().filter(text -> text.startsWith("TCP"))).hasSize(2);
            assertThat(established(done(backup(), "connections").lines().toList())).hasSize(6);
        }
        assertThat(run(holder, "connections", "--client", "me"))
                .isEqualTo(new Said(ExitCode.USAGE, "client is 'me', must be an address\n"));
    }

    private static List<String> established(List<String> lines) {
        return lines.stream().filter(line -> line.contains(" ESTABLISHED ")).toList();
    }

    @Test
    void aDrainShowsWhatIsLeftUntilNothingIsAndEnableUndoesIt() throws Exception {
        String holder = holder();
        LabProcess drain;
        try (var _ = connected();
                var _ = connected();
                var _ = connected()) {
            drain = pair.cli(holder, "drain", "spare", "10.1.0.11", "--wait").awaitOutput("1 connection left after ", PATIENCE);
            for (String director : List.of("lb1", "lb2")) {
                pair.awaitStatus(director, "drained, says " + director, status -> spare(status).drained());
                assertThat(done(director, "status")).containsPattern("\n  10.1.0.11:80 +nat +0/1 +drained ");
            }
            var late = run(holder, "drain", "spare", "10.1.0.11:80", "--deadline", "100ms");
            assertThat(late.code()).isEqualTo(ExitCode.FAILED);
            assertThat(late.text()).containsPattern("failed: 1 connection is left after \\d+ ms; 10.1.0.11:80 stays drained");
            assertThat(drain.isAlive()).isTrue();
        }
        assertThat(drain.awaitExit(PATIENCE)).isEqualTo(ExitCode.OK);
        assertThat(drain.output()).containsPattern("10.1.0.11:80 is drained: no connection is left \\(\\d+ ms\\)\n");
        assertThat(done(backup(), "enable", "spare", "10.1.0.11")).containsPattern("is enabled \\(\\d+ ms\\)\n");
        for (String director : List.of("lb1", "lb2")) {
            pair.awaitStatus(director, "enabled, says " + director, status -> spare(status).weight() == 1);
        }
        var unknown = run(holder, "drain", "spare", "10.1.0.99");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.text()).contains("10.1.0.99", "in service spare");
    }

    /// A connection through `spare` that ends by a reset: its entry lives for 10 s then, not for the two minutes of TIME_WAIT.
    private Socket connected() {
        return pair.client.in(
                () -> {
                    var socket = new Socket(DirectorPair.VIP, SPARE);
                    socket.setSoLinger(true, 0);
                    return socket;
                });
    }

    private static StatusReport.Server spare(StatusReport status) {
        return DirectorPair.server(status, "spare", "10.1.0.11:80");
    }

    @Test
    void aFailoverToWhoCannotTakeOverIsRefusedWithTheReason() throws Exception {
        String holder = holder();
        String backup = backup();
        assertThat(run(backup, "failover", "web", "--to", "lb3"))
                .isEqualTo(new Said(ExitCode.REFUSED, "refused: lb3 is no director of group web; these are: lb1, lb2\n"));
        assertThat(run(backup, "failover", "web", "--to", holder))
                .isEqualTo(new Said(ExitCode.REFUSED, "refused: %s already holds group web\n".formatted(holder)));
        var typo = run(backup, "failover", "wep");
        assertThat(typo.code()).isEqualTo(ExitCode.USAGE);
        assertThat(typo.text()).contains("'wep'", "web");

        pair.nic(backup, 1).unplug();
        pair.awaitStatus(backup, backup + " is not fit", status -> !status.groups().getFirst().fit());
        assertThat(done(backup, "status")).contains(backup + " is not fit for web: ").contains("eth1");
        var unfit = run(holder, "failover", "web");
        assertThat(unfit.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(unfit.text())
                .startsWith("refused: no other director can take group web: " + backup + " is not fit: ")
                .contains("eth1");
        var json = run(holder, "failover", "web", "--to", backup, "--json");
        assertThat(json.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(json.json().at("/outcome").textValue()).isEqualTo("refused");
        assertThat(json.json().at("/why").textValue()).startsWith(backup + " is not fit: ");
        pair.nic(backup, 1).plug();
        pair.awaitSettled(holder);
    }

    @Test
    void aFailoverMayBeAskedOfEitherSideAndTellsItsMilliseconds() throws Exception {
        String next = backup();
        assertThat(done(next, "failover", "web")).matches("web is held by %s \\(epoch \\d+\\) \\(\\d+ ms\\)\n".formatted(next));
        pair.awaitSettled(next);
        String after = backup();
        var json = run(next, "failover", "web", "--to", after, "--json").json();
        assertThat(json.at("/outcome").textValue()).isEqualTo("done");
        assertThat(json.at("/millis").isIntegralNumber()).isTrue();
        pair.awaitSettled(after);
    }

    @Test
    void aBadFileChangesNothingAndEveryMistakeIsTold() throws Exception {
        pair.config(services().replace("port = 81", "prt = 81").replace("10.1.0.12:80", "10.1.0.12:99999"));
        for (String command : List.of("reload", "check")) {
            var bad = run("lb1", command);
            assertThat(bad.code()).as(bad.text()).isEqualTo(ExitCode.USAGE);
            assertThat(bad.text().lines().filter(line -> line.matches(".*director\\.conf:\\d+: .*")).toList())
                    .hasSizeGreaterThanOrEqualTo(2)
                    .anyMatch(line -> line.contains("prt"))
                    .anyMatch(line -> line.contains("99999"));
        }
        var json = run("lb1", "reload", "--json");
        assertThat(json.code()).isEqualTo(ExitCode.USAGE);
        assertThat(json.json().at("/problems").size()).isGreaterThanOrEqualTo(2);
        assertThat(done("lb1", "services")).contains("TCP  192.0.2.10:81 rr", "-> 10.1.0.12:80");
        pair.config(services());
    }

    @Test
    void checkAndDryRunForetellWhatAReloadDoes() throws Exception {
        assertThat(done("lb1", "check"))
                .endsWith(
                        """
                        : ok: director lb1 of cluster lab (2 members), 1 VIP group, 2 services, 6 realservers
                        The running director has this configuration.
                        """);
        pair.config(services() + pair.service("probe", "udp", 80));
        assertThat(done("lb1", "check"))
                .contains("A reload of the running director would change:\n")
                .containsPattern("\n  .*probe");
        assertThat(done("lb1", "reload", "--dry-run")).startsWith("a reload would apply: 1 change (").contains("probe");
        assertThat(done("lb1", "services")).doesNotContain("UDP");
        assertThat(done("lb1", "reload")).startsWith("applied: 1 change (").contains("probe");
        assertThat(done("lb1", "services")).contains("UDP  192.0.2.10:80 rr");
        assertThat(done("lb1", "status")).containsPattern("WARNING .*lb2 has other groups or services");
        pair.config(services());
        assertThat(done("lb1", "reload")).startsWith("applied: 1 change (");
        assertThat(done("lb1", "reload")).startsWith("applied: nothing (");
    }

    @Test
    void versionNamesTheDirectorThatRuns() throws Exception {
        assertThat(done("lb2", "version"))
                .matches("(?s)HA Director \\S+\ncommit   \\S+\njava     25.*\nkernel   .*\nrunning  lb2: \\S+, commit \\S+\n");
        assertThat(run("lb2", "version", "--json").json().at("/running/director").textValue()).isEqualTo("lb2");
    }

    @Test
    void aSecondDirectorOnOneSocketIsRefused() throws Exception {
        var second = run("lb1", "run");
        assertThat(second.code()).isEqualTo(ExitCode.FAILED);
        assertThat(second.text())
                .contains("lb1 event=not-started why=\"another director runs: it answers on the admin-socket " + pair.socket("lb1"));
        assertThat(done("lb1", "status")).startsWith("lb1 ");
    }

    @Test
    void aWatchOutlivesTheDirectorThatItWatches() throws Exception {
        String holder = holder();
        String backup = backup();
        var command = new ArrayList<>(List.of("env", "--default-signal=INT")); // Whoever runs the tests may ignore it, and hand that down.
        command.addAll(pair.java(backup, "status", "--watch=0.2"));
        var watch = pair.host(backup).start(Map.of(), command).awaitOutput("\n" + "shop  tcp", PATIENCE);
        pair.process(backup).kill();
        watch.awaitOutput("no director answers", PATIENCE);
        var gone = run(backup, "status");
        assertThat(gone.code()).isEqualTo(ExitCode.NO_DIRECTOR);
        assertThat(gone.text()).contains(pair.socket(backup).toString());
        pair.start(backup);
        pair.awaitSettled(holder);
        watch.signal("INT");
        assertThat(watch.awaitExit(PATIENCE)).isEqualTo(128 + 2);
        assertThat(watch.output().indexOf(backup + "  HA Director", watch.output().indexOf("no director answers")))
                .isPositive();
        assertThat(watch.output()).as("without a terminal").doesNotContain("\033");
    }

    @Test
    @NeedsCommand(value = "script", debianPackage = "bsdutils")
    void aTerminalGetsColoursUnlessItWantsNone() throws Exception {
        String status = String.join(" ", pair.java("lb1", "status"));
        assertThat(onTerminal("TERM=xterm " + status)).contains("\033[1mlb1\033[0m", "\033[32mup\033[0m");
        assertThat(onTerminal("TERM=xterm NO_COLOR=1 " + status)).contains("lb1  HA Director").doesNotContain("\033");
        assertThat(onTerminal("TERM=dumb " + status)).contains("lb1  HA Director").doesNotContain("\033");
        assertThat(onTerminal("TERM=xterm " + status + " | cat")).contains("lb1  HA Director").doesNotContain("\033");
        assertThat(onTerminal("TERM=xterm " + status + " --json")).doesNotContain("\033");
    }

    @Test
    @NeedsCommand(value = "script", debianPackage = "bsdutils")
    void aWatchOnATerminalStartsAtItsTopEachTime() throws Exception {
        var watch = terminal("TERM=xterm " + String.join(" ", pair.java("lb1", "status", "--watch=0.2")));
        String top = CLEAR + "\033[1mlb1\033[0m  HA Director";
        watch.awaitOutput(top, PATIENCE);
        pair.await("three screens", () -> watch.output().split(Pattern.quote(top), -1).length > 3);
        watch.signal("TERM");
    }

    /// What a command that must succeed writes to a terminal.
    private String onTerminal(String command) throws InterruptedException {
        var process = terminal(command);
        assertThat(process.awaitExit(PATIENCE)).as(process.output()).isEqualTo(ExitCode.OK);
        return process.output();
    }

    private LabProcess terminal(String command) {
        return pair.host("lb1").start(Map.of(), List.of("script", "-q", "-e", "-c", command, "/dev/null"));
    }
}
