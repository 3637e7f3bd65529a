package hadirector.forward;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.conn.FlowRecord;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.packet.FrameBuilder;
import hadirector.packet.FrameKind;
import hadirector.packet.NaiveChecksum;
import hadirector.packet.ParsedFrame;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/// Invariants F1 and F2 on random packets. The seed is the number in the test's name.
class RewriteTest {
    private static final long MAC = 0x02_00_00_00_00_33L;

    private final MemorySegment records = MemorySegment.ofArray(new byte[FlowRecord.LENGTH]);
    private final ParsedFrame parsed = new ParsedFrame();

    @RepeatedTest(500)
    void natIsWhatBuildingThePacketAnewGives(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        String client = endpoint(random);
        String vip = endpoint(random);
        String rip = random.nextInt(8) == 0 ? vip : endpoint(random);
        boolean partial = random.nextBoolean();
        int shape = random.nextInt();

        byte[] towards = shaped(shape, client, vip, partial).build();
        byte[] expected = shaped(shape, client, rip, partial).macs(MAC, MAC + 1).ttl((towards[22] & 0xff) - 1).build();
        FlowRecords.toRealServer(records, 0, v4(vip), port(vip), v4(rip), port(rip));
        assertRewritten(towards, partial, expected);

        byte[] back = shaped(shape, rip, client, partial).build();
        byte[] answer = shaped(shape, vip, client, partial).macs(MAC, MAC + 1).ttl((back[22] & 0xff) - 1).build();
        FlowRecords.toClient(records, 0, v4(rip), port(rip), v4(vip), port(vip));
        assertRewritten(back, partial, answer);
    }

    @RepeatedTest(200)
    void natOfIpv6IsWhatBuildingThePacketAnewGives(RepetitionInfo run) {
        var random = new Random(run.getCurrentRepetition());
        var client = endpointV6(random);
        var vip = endpointV6(random);
        var rip = random.nextInt(8) == 0 ? vip : endpointV6(random);
        boolean partial = random.nextBoolean();
        int shape = random.nextInt();

        byte[] towards = shapedV6(shape, client, vip, partial).build();
        FlowRecords.toRealServer(
                records, 0, vip.address().high(), vip.address().low(), vip.port(), rip.address().high(), rip.address().low(), rip.port());
        assertRewritten(towards, partial, shapedV6(shape, client, rip, partial).macs(MAC, MAC + 1).oneHopLess().build());

        byte[] back = shapedV6(shape, rip, client, partial).build();
        FlowRecords.toClient(
                records, 0, rip.address().high(), rip.address().low(), rip.port(), vip.address().high(), vip.address().low(), vip.port());
        assertRewritten(back, partial, shapedV6(shape, vip, client, partial).macs(MAC, MAC + 1).oneHopLess().build());
    }

    private static FrameBuilder shapedV6(int shape, Endpoint from, Endpoint to, boolean partial) {
        var frame = shaped(shape, from.toString(), to.toString(), partial);
        var random = new Random(shape);
        if (random.nextBoolean()) {
            frame.extension(0, 0, 1, 4, 0, 0, 0, 0);
        }
        return random.nextBoolean() ? frame.fragmentHeader(0, false, random.nextInt()) : frame;
    }

    private static Endpoint endpointV6(Random random) {
        long low = random.nextInt(10) == 0 ? -1 : random.nextLong();
        return new Endpoint(new IpAddress(0x2000_0000_0000_0000L | random.nextLong() >>> 4, low), random.nextInt(0x10000));
    }

    private void assertRewritten(byte[] in, boolean partial, byte[] expected) {
        byte[] bytes = in.clone();
        var frame = MemorySegment.ofArray(bytes);
        FlowRecords.nextHop(records, 0, MAC, MAC + 1, 3);
        assertThat(parsed.parse(frame, 0, bytes.length)).isIn(FrameKind.TCP, FrameKind.UDP);
        Rewrite.apply(records, 0, frame, parsed, partial);
        assertThat(bytes).isEqualTo(expected);
        assertThat(NaiveChecksum.areRight(bytes, partial)).isTrue();
    }

    /// The same shape for the same number, whatever the endpoints.
    private static FrameBuilder shaped(int shape, String from, String to, boolean partial) {
        var random = new Random(shape);
        byte[] data = new byte[random.nextInt(100)];
        random.nextBytes(data);
        var frame = random.nextBoolean()
                ? FrameBuilder.tcp(from, to, random.nextInt(256), random.nextInt(), random.nextInt(), data)
                : FrameBuilder.udp(from, to, data);
        frame.ttl(2 + random.nextInt(254)).service(random.nextInt(256)).identification(random.nextInt(0x10000));
        frame.ipOptions(new int[4 * random.nextInt(11)]).padding(random.nextInt(20));
        return partial ? frame.partial() : frame;
    }

    private static String endpoint(Random random) {
        int address = random.nextInt(10) == 0 ? -1 : random.nextInt();
        int port = random.nextInt(10) == 0 ? 0xffff : random.nextInt(0x10000);
        return new Endpoint(IpAddress.v4(address), port).toString();
    }

    private static int v4(String endpoint) {
        return Endpoint.of(endpoint).address().v4();
    }

    private static int port(String endpoint) {
        return Endpoint.of(endpoint).port();
    }
}
