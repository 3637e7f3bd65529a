package hadirector.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hadirector.admin.Answer;
import hadirector.admin.ControlServer;
import hadirector.admin.FakeDirector;
import hadirector.door.Refused;
import hadirector.engine.Counter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DirectorCommandTest {
    @TempDir private Path directory = Path.of("");
    private final List<String> ran = new ArrayList<>();
    private @Nullable ControlServer server;

    record Outcome(int code, String out, String err) {
        JsonNode json() throws IOException {
            assertThat(err).isEmpty();
            return new ObjectMapper().readTree(out);
        }
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void statusIsATable() throws Exception {
        director(FakeDirector.idle());
        var status = run("status");
        assertThat(status.err()).isEmpty();
        assertThat(status.out())
                .isEqualTo(
                        """
                        lb1  HA Director 0.1.0, up 3h12m
                        engine   packet: tcx + AF_PACKET on eth0, eth1
                        table    17 of 1000000 connections
                        packets  4000 forwarded, 98.5 % of them by the kernel alone
                        dropped  ttl 3
                        cluster  edge, view 7: lb1, lb2; encrypted
                        refused  stranger 2
                        ipvs     a master heard 2s ago, 120 inherited, 9 told
                                 refused held 31, template 2

                        INTERFACE  HOOK       BESIDE IT            WHY
                        eth0       xdp + tcx  -
                        eth1       tcx        tcx cil_from_netdev  its driver has no XDP

                        GROUP  HOLDER  THIS IS  SINCE  EPOCH  FIT  SYNCED  ADDRESSES
                        web    lb1     active   3h11m      7  yes  yes     192.0.2.10/24@eth0
                                                                           10.1.0.1/24@eth1
                        dns    lb2     backup   1m5s       2  no   no      192.0.2.11/24@eth0
                        ALARM    dns: lb2 holds it and is heard on a client network only: the cluster network is cut
                        lb1 is not fit for dns: eth1 has no carrier

                        PEER  IS         SYNC LAG  GAP  SENT  RECEIVED  REFUSED  SNAPSHOT
                        lb2   connected   0.013 s    0   120         4        0  1h0m ago

                        shop  tcp 192.0.2.10:80  wlc  group web  half-open 12
                          REALSERVER    METHOD    WEIGHT  IS       SINCE  ACTIVE  INACT  CONN/S  PKT/S  IN B/S  OUT B/S
                          10.1.0.11:80  nat       1       up       3h3m       12      3     1.3    340   45.7K     1.2M
                          10.1.0.12:80  dr,local  0/2     down     12s         2      0       0      0       0        0
                          10.1.0.13:80  nat       0/1     drained  -           0      0       0      0       0        0
                          10.1.0.12:80 last failed: connect: refused

                        names  udp 192.0.2.10:53  rr  group dns
                          REALSERVER  METHOD  WEIGHT  IS  SINCE  ACTIVE  INACT  CONN/S  PKT/S  IN B/S  OUT B/S
                        """);
        assertThat(status.out().lines().mapToInt(String::length)).allMatch(length -> length <= 100);
        assertThat(status.code()).isZero();
    }

    @Test
    void statusAsJsonHasTheFieldsOfTheReport() throws Exception {
        director(FakeDirector.idle());
        for (var words : List.of(new String[] {"status", "--json"}, new String[] {"--json", "status"})) {
            var json = run(words).json();
            assertThat(json.at("/groups/0/holder").textValue()).isEqualTo("lb1");
            assertThat(json.at("/groups/0/role").textValue()).isEqualTo("active");
            assertThat(json.at("/groups/0/since").textValue()).isEqualTo("2026-03-04T08:48:20Z");
            assertThat(json.at("/services/0/servers/1/verdict").textValue()).isEqualTo("down");
            assertThat(json.at("/services/0/servers/0/totals/bytesIn").isIntegralNumber()).isTrue();
            assertThat(json.at("/peers/0/lagSeconds").doubleValue()).isEqualTo(0.0125);
        }
    }

    @Test
    void servicesAndConnectionsHaveTheColumnsOfIpvsadm() throws Exception {
        director(FakeDirector.idle());
        assertThat(run("services").out())
                .isEqualTo(
                        """
                        HA Director version 0.1.0 (size=1000000)
                        Prot LocalAddress:Port Scheduler Flags
                          -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                        TCP  192.0.2.10:80 wlc
                          -> 10.1.0.11:80                 Masq    1      12         3        .
                          -> 10.1.0.12:80                 Local   0      2          0        .
                          -> 10.1.0.13:80                 Masq    0      0          0        .
                        UDP  192.0.2.10:53 rr
                        """
                                .replace(" .\n", "  \n"));
        assertThat(run("services", "shop", "--stats").out())
                .contains(
                        "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n",
                        "TCP  192.0.2.10:80                     600    28000        0  2200000    1234M\n",
                        "  -> 10.1.0.12:80                      600    28000        0  2200000    1234M\n");
        assertThat(run("connections", "--service", "shop").out())
                .isEqualTo(
                        """
                        IPVS connection entries
                        pro expire state       source             virtual            destination
                        TCP 14:58  ESTABLISHED 192.0.2.7:51234    192.0.2.10:80      10.1.0.11:80
                        TCP 01:40  FIN_WAIT    192.0.2.8:4000     192.0.2.10:80      10.1.0.12:80
                        """);
        var first = run("connections", "--limit", "1");
        assertThat(first.out().lines()).hasSize(3);
        assertThat(first.err()).isEqualTo("the first 1 (--limit); the table has 17\n");
    }

    @Test
    void failoversTellsEachTakeoverAndOfASingleOneItsSteps() throws Exception {
        director(FakeDirector.idle());
        var table = run("failovers").out();
        assertThat(table).contains("GROUP").contains("died").contains("152").contains("first");
        assertThat(run("failovers", "web").out())
                .contains("cause    died: a reason\n")
                .contains("gap      at most 152 ms\n")
                .contains("cost     17 connections carried over, 2 resets, 1 moved to another realserver\n")
                .contains("-20.5 ms  lb1      peer-gone, peer lb2\n");
        assertThat(run("failovers", "--json").json().get(1).get("cause").asText()).isEqualTo("first");
        assertThat(run("failovers", "wep").err()).contains("did you mean 'web'");
    }

    @Test
    void rehearseSaysWhichWordIsWrong() throws Exception {
        director(FakeDirector.idle());
        assertThat(run("rehearse", "wep").code()).isEqualTo(2);
        assertThat(run("rehearse", "web", "--max-gap", "soon").err()).contains("must be a time such as 50ms or 1s");
    }

    @Test
    void whereTellsTheWayOfAClientAndWhy() throws Exception {
        director(FakeDirector.idle());
        assertThat(run("where", "192.0.2.7:51234", "192.0.2.10:80")).isEqualTo(new Outcome(0, """
                client     tcp 192.0.2.7:51234 to 192.0.2.10:80
                service    shop
                group      web, held by lb1; lb1 is active
                entry      ESTABLISHED, ends in 14m58s without a packet
                realserver 10.1.0.11:80 by nat
                next hop   out of eth1 to 02:00:00:00:00:0b (10.1.0.11)
                replies    out of eth0 to 02:00:00:00:00:0b
                hook       kernel, tc
                why        the kernel forwards
                """, ""));
        assertThat(run("where", "192.0.2.7:1", "192.0.2.10:80", "--udp").out())
                .contains("client     udp", "entry      none", "hook       the director's thread")
                .contains("no entry: wlc would choose this realserver now");
        var json = run("where", "192.0.2.7:1", "192.0.2.10:81", "--json").json();
        assertThat(json.at("/hook").textValue()).isEqualTo("none");
        assertThat(json.at("/service").isNull()).isTrue();
        var mistyped = run("where", "192.0.2.7", "192.0.2.10:80");
        assertThat(mistyped.code()).isEqualTo(2);
        assertThat(mistyped.err()).startsWith("client is '192.0.2.7', must be address:port, such as 192.0.2.7:40000");
        assertThat(run("where", "192.0.2.7:1", "[2001:db8::1]:80").code()).isEqualTo(2);
    }

    @Test
    void anAnswerHasItsExitCode() throws Exception {
        director(
                FakeDirector.answering(
                        asked ->
                                switch (asked) {
                                    case "failover web lb2" -> new Answer.Done("web is held by lb2", 41);
                                    case "failover web lb3" -> new Answer.Refused("lb3 is not a member");
                                    case "reload false" -> new Answer.Invalid(List.of("a.conf:1: x", "a.conf:2: y"));
                                    default -> new Answer.Failed("no peer answered");
                                }));
        assertThat(run("failover", "web", "--to", "lb2"))
                .isEqualTo(new Outcome(0, "web is held by lb2 (41 ms)\n", ""));
        assertThat(run("failover", "--all", "--to", "lb2"))
                .isEqualTo(new Outcome(0, "web is held by lb2 (41 ms)\n", ""));
        assertThat(run("failover", "web", "--to", "lb3"))
                .isEqualTo(new Outcome(3, "", "refused: lb3 is not a member\n"));
        assertThat(run("reload")).isEqualTo(new Outcome(2, "", "a.conf:1: x\na.conf:2: y\n"));
        assertThat(run("failover", "web")).isEqualTo(new Outcome(1, "", "failed: no peer answered\n"));
        var refused = run("failover", "web", "--to", "lb3", "--json");
        assertThat(refused.code()).isEqualTo(3);
        assertThat(refused.json()).isEqualTo(
                new ObjectMapper().readTree("{\"outcome\":\"refused\",\"why\":\"lb3 is not a member\"}"));
    }

    @Test
    void aDrainShowsWhatIsLeft() throws Exception {
        director(FakeDirector.idle());
        var late = run("drain", "shop", "10.1.0.11", "--deadline", "1ms");
        assertThat(late.code()).isEqualTo(1);
        assertThat(late.err()).startsWith("14 connections left after 0 s\nfailed: 14 connections are left");
        assertThat(run("drain", "shop", "10.1.0.13", "--wait").out())
                .startsWith("10.1.0.13:80 is drained: no connection is left (");
        assertThat(run("drain", "shop", "10.1.0.13", "--deadline", "soon").code()).isEqualTo(2);
    }

    @Test
    void withoutADirectorTheExitCodeIsFour() throws Exception {
        var status = run("status");
        assertThat(status.code()).isEqualTo(4);
        assertThat(status.err()).startsWith("no director answers on " + directory.resolve("admin.sock"));
        var json = run("failover", "web", "--json");
        assertThat(json.code()).isEqualTo(4);
        assertThat(json.json().at("/outcome").textValue()).isEqualTo("no-director");
        assertThat(run("version").code()).isZero();
    }

    @Test
    void aWrongCommandLineIsExplained() throws Exception {
        var typo = run("stauts");
        assertThat(typo.code()).isEqualTo(2);
        assertThat(typo.err()).contains("Did you mean", "status");
        assertThat(run().code()).isEqualTo(2);
        assertThat(run("failover").err()).contains("which group? GROUP or --all");
        assertThat(run("failover", "web", "--all").code()).isEqualTo(2);
        assertThat(run("services", "--stats", "--rate").code()).isEqualTo(2);
    }

    @Test
    void helpTeachesByExamplesAndNamesTheExitCodes() throws Exception {
        for (String command : commands()) {
            var help = run(command, "--help");
            assertThat(help.code()).isZero();
            assertThat(help.out()).contains("Example", "Exit codes:", "4   no director answers", "--json");
            assertThat(help.out().lines().mapToInt(String::length)).as(command).allMatch(length -> length <= 100);
        }
    }

    @Test
    void theManualNamesEveryCommandAndOption() throws Exception {
        String manual = Files.readString(Path.of("../deploy/man/director.8")).replace("\\-", "-");
        var all = DirectorCommand.commandLine((_, _, _, _) -> 0, InstantSource.system());
        all.getSubcommands().forEach((name, command) -> {
            assertThat(manual).containsPattern("(?m)^\\.BR? " + name + "\\b");
            assertThat(command.getCommandSpec().optionsMap().keySet())
                    .allSatisfy(option -> assertThat(manual).contains(option));
        });
    }

    @Test
    void theManualExplainsEveryReasonToDrop() throws Exception {
        String manual = Files.readString(Path.of("../deploy/man/director.8"));
        assertThat(Counter.values()).filteredOn(counter -> counter.name().startsWith("DROP_")).allSatisfy(counter ->
                assertThat(manual).containsPattern("(?m)^\\.B " + counter.name().substring(5).toLowerCase(Locale.ROOT) + "$"));
    }

    @Test
    void theManualExplainsEveryKindOfRefusalOnTheClustersPort() throws Exception {
        String manual = Files.readString(Path.of("../deploy/man/director.8"));
        assertThat(Refused.values()).allSatisfy(kind ->
                assertThat(manual).containsPattern("(?m)^\\.B " + kind.name().toLowerCase(Locale.ROOT) + "$"));
    }

    @Test
    void keysAreMadeAndRenewedByOneCommandAndNeverByAccident() throws Exception {
        var config = directory.resolve("keys.conf");
        var out = directory.resolve("keys");
        Files.writeString(config, """
                director.cluster { name = edge, keys = "%s", members { lb1 = "10.0.9.1:7800", lb2 = "10.0.9.2:7800" } }
                """.formatted(out));
        var made = run("keys", "--config", config.toString());
        assertThat(made.code()).isZero();
        assertThat(made.out()).contains("made " + out.resolve("lb1.pem")).contains("scp ").contains("edge.ca");
        String before = Files.readString(out.resolve("lb1.pem"));
        assertThat(run("keys", "--config", config.toString()).out())
                .contains("kept " + out.resolve("lb1.pem")).contains("Nothing was missing.");
        assertThat(out.resolve("lb1.pem")).hasContent(before);
        assertThat(run("keys", "--renew", "--days", "30", "--config", config.toString()).code()).isZero();
        assertThat(Files.readString(out.resolve("lb1.pem"))).isNotEqualTo(before);
        assertThat(run("keys", "--forget-old-ca", "--config", config.toString()).code()).isEqualTo(3);
        assertThat(run("keys", "--renew", "--renew-ca", "--config", config.toString()).code()).isEqualTo(2);
        Files.writeString(config, "director.cluster { members { lb1 = \"nowhere\" } }");
        assertThat(run("keys", "--config", config.toString()).code()).isEqualTo(2);
    }

    @Test
    void theCompletionScriptKnowsTheCommands() throws Exception {
        assertThat(run("completion").out()).contains("complete -F").contains(commands());
    }

    @Test
    void runGetsTheGlobalOptions() throws Exception {
        assertThat(run("run", "--config", "x.conf", "--name", "lb2").code()).isEqualTo(7);
        assertThat(run("witness", "--config", "x.conf").code()).isEqualTo(7);
        assertThat(ran).containsExactly(
                "x.conf lb2 " + directory.resolve("admin.sock"), "witness x.conf - " + directory.resolve("admin.sock"));
    }

    @Test
    void theSocketIsTheOneOfTheConfigFile() throws Exception {
        var config = directory.resolve("director.conf");
        Files.writeString(
                config, "director {\n  # admin-socket = \"/no\"\n  admin-socket = \"" + directory + "/other.sock\"\n}\n");
        var commandLine = DirectorCommand.commandLine((_, _, _, _) -> 0, InstantSource.system());
        var err = new StringWriter();
        commandLine.setErr(new PrintWriter(err));
        assertThat(commandLine.execute("status", "--config", config.toString())).isEqualTo(4);
        assertThat(err.toString()).startsWith("no director answers on " + directory + "/other.sock");
    }

    private static List<String> commands() {
        return List.copyOf(
                DirectorCommand.commandLine((_, _, _, _) -> 0, InstantSource.system()).getSubcommands().keySet());
    }

    private void director(FakeDirector director) throws IOException {
        server = ControlServer.start(directory.resolve("admin.sock"), director, ControlServer.Limits.DEFAULT);
    }

    private Outcome run(String... words) {
        var commandLine =
                DirectorCommand.commandLine(
                        (config, name, socket, witness) -> {
                            ran.add((witness ? "witness " : "") + config + " " + name.orElse("-") + " " + socket.map(Path::toString).orElse("-"));
                            return 7;
                        },
                        InstantSource.fixed(FakeDirector.NOW));
        var out = new StringWriter();
        var err = new StringWriter();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        var all = new ArrayList<>(List.of("--socket", directory.resolve("admin.sock").toString()));
        all.addAll(List.of(words));
        int code = commandLine.execute(all.toArray(String[]::new));
        return new Outcome(code, out.toString(), err.toString());
    }
}
