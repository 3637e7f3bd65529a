package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.NeedsCommand;
import hadirector.model.TunnelKind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Wireshark takes our tunnel packets apart, and finds in them what went in. It knows no GUE: there it gives the UDP payload, which
/// behind the four bytes of GUE is read as a packet by itself.
@Tag("lab")
@NeedsCommand("tshark")
class TunnelDissectionLabTest {
    private static final int LINKTYPE_ETHERNET = 1;
    private static final int LINKTYPE_RAW = 101;
    private static final int GUE_LENGTH = 4;
    private static final byte[] DATA = "whatever the client says".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    private Path directory = Path.of("");

    static Stream<Arguments> combinations() {
        return EncapsulationTest.tunnels().stream().flatMap(tunnel -> Stream.of(true, false).flatMap(v6 ->
                Stream.of(true, false).map(tcp -> Arguments.of(tunnel, InnerPacket.of(v6, tcp, DATA)))));
    }

    @ParameterizedTest(name = "{1} in {0}")
    @MethodSource("combinations")
    void wiresharkFindsThePacketInTheTunnel(TunnelSpec tunnel, InnerPacket inner) throws Exception {
        byte[] frame = new EncapsulationTest().apply(tunnel, inner.frame(), false);
        var outer = dissect(LINKTYPE_ETHERNET, frame);
        boolean gue = tunnel.kind() instanceof TunnelKind.Gue;
        assertThat(outer.protocols()).isEqualTo(protocols(tunnel, inner));
        assertThat(outer.addresses()).startsWith(tunnel.source() + ">" + tunnel.realServer());
        assertThat(outer.malformed()).isEmpty();
        assertThat(outer.wrongChecksums()).isEmpty();
        var found = outer;
        if (gue) {
            assertThat(outer.udpPorts()).endsWith(">" + TunnelSpec.GUE_PORT);
            byte[] payload = HexFormat.of().parseHex(outer.data());
            assertThat(payload[0]).as("version, control, header length").isZero();
            assertThat(payload[1]).as("protocol").isEqualTo((byte) (inner.v6() ? 41 : 4));
            assertThat(ByteBuffer.wrap(payload).getShort(2)).as("flags").isZero();
            found = dissect(LINKTYPE_RAW, java.util.Arrays.copyOfRange(payload, GUE_LENGTH, payload.length));
            assertThat(found.malformed()).isEmpty();
            assertThat(found.wrongChecksums()).isEmpty();
        }
        assertThat(found.addresses()).endsWith(inner.v6() ? "2001:db8:51::7>2001:db8::10" : "198.51.100.7>192.0.2.10");
        assertThat(HexFormat.of().parseHex(found.data())).isEqualTo(DATA);
        assertThat(found.transportChecksums()).as("good").endsWith("1");
    }

    private static String protocols(TunnelSpec tunnel, InnerPacket inner) {
        var protocols = new ArrayList<>(List.of("eth:ethertype", tunnel.realServer().isV4() ? "ip" : "ipv6"));
        String rest = (inner.v6() ? "ipv6:" : "ip:") + (inner.tcp() ? "tcp" : "udp:data");
        protocols.add(switch (tunnel.kind()) {
            case TunnelKind.Ipip _ -> rest;
            case TunnelKind.Gre _ -> "gre:" + rest;
            case TunnelKind.Gue _ -> "udp:data";
        });
        return String.join(":", protocols);
    }

    /// What Wireshark says of one packet; of several headers of a kind, the values are joined by a comma, outer first.
    ///
    /// @param addresses source and destination of each IP header, `a>b` joined by a comma
    /// @param wrongChecksums field names of bad checksums and complaints
    record Dissection(
            String protocols,
            String addresses,
            String malformed,
            String wrongChecksums,
            String udpPorts,
            String data,
            String transportChecksums) {}

    private Dissection dissect(int linkType, byte[] packet) throws IOException, InterruptedException {
        var file = directory.resolve("packet.pcap");
        write(file, linkType, packet);
        String line = tshark(file,
                "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "_ws.malformed", "ip.checksum.status",
                "udp.checksum.status", "tcp.checksum.status", "udp.srcport", "udp.dstport", "data.data", "tcp.payload");
        String[] f = line.stripTrailing().concat("|.").split("\\|", -1);
        return new Dissection(
                f[0],
                addresses(f),
                f[5],
                (f[6] + f[7] + f[8]).replaceAll("[^0]", ""),
                f[9] + ">" + f[10],
                f[11].isEmpty() ? f[12] : f[11],
                (f[7] + f[8]).replaceAll("[^0-9]", ""));
    }

    /// Outer and inner of the same family stand in one field, of different families in two.
    private static String addresses(String[] f) {
        String v4 = pairs(f[1], f[2]);
        String v6 = pairs(f[3], f[4]);
        boolean outerV6 = f[0].contains("ethertype:ipv6");
        return (outerV6 ? v6 + "," + v4 : v4 + "," + v6).replaceAll("^,|,$", "");
    }

    private static String pairs(String sources, String destinations) {
        String[] from = sources.split(",", -1);
        String[] to = destinations.split(",", -1);
        var pairs = new ArrayList<String>();
        for (int i = 0; i < from.length && !from[i].isEmpty(); i++) {
            pairs.add(from[i] + ">" + to[i]);
        }
        return String.join(",", pairs);
    }

    private static String tshark(Path file, String... fields) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "tshark", "-n", "-r", file.toString(), "-T", "fields", "-E", "separator=|", "-E", "occurrence=a",
                "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"));
        for (String field : fields) {
            command.addAll(List.of("-e", field));
        }
        var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said;
    }

    /// The classic format: a file header, then one packet with its own.
    private static void write(Path file, int linkType, byte[] packet) throws IOException {
        var header = ByteBuffer.allocate(40);
        header.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(0xffff).putInt(linkType);
        header.putLong(0).putInt(packet.length).putInt(packet.length);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(header.array());
            out.write(packet);
        }
    }
}
