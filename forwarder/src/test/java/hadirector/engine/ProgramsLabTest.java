package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.engine.ProgramsLab.Family;
import hadirector.lab.Lab;
import hadirector.lab.NeedsCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The programs that people use, through LVS-NAT over both families, with the kernel's path and without, at two MTUs. rsync moves 1 GB over
/// each family and path; `-Dhadirector.lab.rsync.megabytes` is for another amount.
@Lab
@NeedsCommand("curl")
@NeedsCommand(value = "nginx", debianPackage = "nginx-light")
@NeedsCommand("rsync")
@NeedsCommand(value = "dig", debianPackage = "bind9-dnsutils")
@NeedsCommand(value = "dnsmasq", debianPackage = "dnsmasq-base")
@NeedsCommand("iperf3")
@NeedsCommand("traceroute")
class ProgramsLabTest {
    private static final int RSYNC_MEGABYTES = Integer.getInteger("hadirector.lab.rsync.megabytes", 1024);
    private static final int WEB_MEGABYTES = 64;
    private static final int PAGES = 100;
    private static final int MEGA = 1 << 20;

    @Nested
    class ByTheKernel extends Programs {
        ByTheKernel() {
            super(1500, true, RSYNC_MEGABYTES);
        }
    }

    @Nested
    class ByJava extends Programs {
        ByJava() {
            super(1500, false, RSYNC_MEGABYTES);
        }
    }

    @Nested
    class ByTheKernelWithJumboFrames extends Programs {
        ByTheKernelWithJumboFrames() {
            super(9000, true, WEB_MEGABYTES);
        }
    }

    @Nested
    class ByJavaWithJumboFrames extends Programs {
        ByJavaWithJumboFrames() {
            super(9000, false, WEB_MEGABYTES);
        }
    }

    abstract static class Programs extends EngineLabTests<ProgramsLab> {
        private static final Pattern RECEIVED =
                Pattern.compile("(?s)\"sum_received\":\\s*\\{.*?\"bytes\":\\s*(\\d+).*?\"bits_per_second\":\\s*([0-9.e+]+)");
        private static final Pattern LOST = Pattern.compile("\"lost_percent\":\\s*([0-9.e+]+)");

        private final int mtu;
        private final boolean offload;
        private final int rsyncMegabytes;

        Programs(int mtu, boolean offload, int rsyncMegabytes) {
            this.mtu = mtu;
            this.offload = offload;
            this.rsyncMegabytes = rsyncMegabytes;
        }

        static List<Family> families() {
            return ProgramsLab.FAMILIES;
        }

        @Override
        ProgramsLab open(Path forPrograms) throws Exception {
            return new ProgramsLab(forPrograms, mtu, offload, false);
        }

        @AfterAll
        void theKernelForwardsIfItMay() {
            assertThat(lab.count(Counter.FRAMES_OFFLOADED) > 0).isEqualTo(offload);
        }

        @ParameterizedTest
        @MethodSource("families")
        void rsyncBringsAFileUnharmed(Family family) throws Exception {
            var file = file("mirrored" + family, rsyncMegabytes);
            var copy = directory.resolve("mirror" + family);
            lab.client.with("rsync --whole-file --inplace rsync://" + family.inUrl() + "/www/" + file.getFileName() + " " + copy);
            assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
            String changes = lab.client.output("rsync --checksum --dry-run --itemize-changes rsync://%s/www/%s %s"
                    .formatted(family.inUrl(), file.getFileName(), copy));
            assertThat(changes).as("what rsync --checksum would still send").doesNotContain(">f");
            Files.delete(file);
            Files.delete(copy);
        }

        @ParameterizedTest
        @MethodSource("families")
        void curlAndNginxMoveFilesBothWays(Family family) throws Exception {
            var file = file("page" + family, WEB_MEGABYTES);
            var got = directory.resolve("got" + family);
            String url = "http://" + family.inUrl() + "/";
            assertThat(lab.curl("-o " + got + " " + url + file.getFileName())).endsWith("code:0");
            assertThat(Files.mismatch(file, got)).isEqualTo(-1);
            assertThat(lab.curl("-o /dev/null -T " + got + " " + url + "up" + family)).endsWith("code:0");
            assertThat(Files.mismatch(file, lab.web.served("up" + family))).isEqualTo(-1);
            assertThat(lab.curl("-H Connection:close " + url + "ready?[1-" + PAGES + "]").split("yes", -1)).hasSize(PAGES + 1);
        }

        @ParameterizedTest
        @MethodSource("families")
        void namesAreAnsweredOverUdpAndTcp(Family family) {
            for (String how : List.of("+notcp", "+tcp", "+notcp +edns=0 +bufsize=1232 +dnssec", "+noedns")) {
                assertThat(dig(family, ProgramsLab.SMALL_NAME, how)).as(how).containsExactly("\"small\"");
            }
            var strings = ProgramsLab.strings().stream().map(text -> '"' + text + '"').toList();
            assertThat(dig(family, ProgramsLab.LARGE_NAME, "+tcp")).containsExactlyInAnyOrderElementsOf(strings);
            long fragments = lab.count(Counter.FRAGMENTS_FORWARDED);
            assertThat(dig(family, ProgramsLab.LARGE_NAME, "+notcp +ignore +bufsize=4096")).containsExactlyInAnyOrderElementsOf(strings);
            assertThat(lab.count(Counter.FRAGMENTS_FORWARDED) > fragments).as("in fragments").isEqualTo(mtu == 1500);
            assertThat(digs(family, ProgramsLab.LARGE_NAME, "+notcp +ignore +bufsize=512 +noall +comments")).contains(" tc ");
            assertThat(dig(family, ProgramsLab.LARGE_NAME, "+bufsize=512")).as("again over TCP").containsExactlyInAnyOrderElementsOf(strings);
        }

        private List<String> dig(Family family, String name, String how) {
            return digs(family, name, how + " +short").lines().filter(line -> line.startsWith("\"")).toList();
        }

        private String digs(Family family, String name, String how) {
            return lab.client.output("dig +tries=3 +timeout=2 @" + family.vip() + " " + name + " TXT " + how);
        }

        @ParameterizedTest
        @MethodSource("families")
        void iperfSendsBothWaysOverTcpAndUdp(Family family) {
            for (String way : List.of("", "-R")) {
                assertThat(iperf(family, "-n 400M " + way)).as("TCP " + way).isGreaterThan(MEGA);
                // 8 KB: fragments of each datagram at an MTU of 1500.
                for (String length : List.of("-l 1200", "-l 8000")) {
                    assertThat(iperf(family, "-n 10M -u -b 200M " + length + " " + way)).as("UDP " + length + " " + way).isGreaterThan(MEGA);
                }
            }
        }

        /// The bytes that arrived.
        private long iperf(Family family, String arguments) {
            String command = "iperf3 -J -c %s -p %d %s".formatted(family.vip(), family.iperfPort(), arguments);
            String said = lab.client.output(command);
            for (int i = 0; i < 50 && said.contains("the server is busy"); i++) { // It is not done yet with the last one.
                lab.client.output("sleep 0.2");
                said = lab.client.output(command);
            }
            var received = RECEIVED.matcher(said);
            assertThat(received.find()).as(said).isTrue();
            var lost = LOST.matcher(said);
            System.out.printf("MTU %d, offload %s, %s, iperf3 %s: %.0f Mbit/s%s%n", mtu, offload, family, arguments,
                    Double.parseDouble(received.group(2)) / 1e6, lost.results().reduce((_, last) -> last).map(last -> ", lost " + last.group(1) + " %").orElse(""));
            return Long.parseLong(received.group(1));
        }

        @ParameterizedTest
        @MethodSource("families")
        void tracerouteArrivesByUdpAndIcmp(Family family) {
            assertThat(Stream.of("-I", "-U -p " + family.iperfPort()).map(kind -> lab.client.output("traceroute -n -q 1 -w 2 -m 4 %s %s".formatted(kind, family.vip()))))
                    .allSatisfy(said -> assertThat(said.lines().toList().getLast()).contains(" " + family.vip() + " "));
        }

        /// Random bytes where nginx and rsyncd find them.
        private Path file(String name, int megabytes) throws IOException {
            var random = new Random(megabytes);
            var block = new byte[MEGA];
            var file = lab.web.served(name);
            try (var out = Files.newOutputStream(file)) {
                for (int i = 0; i < megabytes; i++) {
                    if (i % 16 == 0) { // To make them costs more than to move them.
                        random.nextBytes(block);
                    }
                    block[0] = (byte) i;
                    out.write(block);
                }
            }
            return file;
        }
    }
}
