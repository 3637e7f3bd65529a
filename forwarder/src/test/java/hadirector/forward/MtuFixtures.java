package hadirector.forward;

import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.FragmentBuilder;
import hadirector.packet.FrameBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Packets that are too long for the way out, over IPv4 and over IPv6.
final class MtuFixtures {
    private static final int ID = 0x1234;
    private static final int MTU = 1300;
    private static final int MAY_FRAGMENT = 0;
    private static final byte[] DATA = new byte[4000];
    private static final Map<Counter, Integer> TOLD = Map.of(Counter.DROP_TOO_BIG, 1, Counter.ICMP_ERRORS_SENT, 1);

    static {
        new Random(11).nextBytes(DATA);
    }

    private final FixtureNet net;
    private final String client;
    private final String vip;
    private final int header;

    private MtuFixtures(FixtureNet net) {
        this.net = net;
        client = net.client();
        vip = net.vip();
        header = net.isV6() ? 40 : 20;
    }

    static Stream<SequenceFixture> all() {
        var v4 = new MtuFixtures(FixtureNet.V4);
        var v6 = new MtuFixtures(FixtureNet.V6);
        return Stream.of(v4.both(), v6.both(), v4.cutPackets(), v4.cutAtEveryMtu(), v4.options(), v6.neverCut())
                .flatMap(each -> each);
    }

    private Stream<SequenceFixture> both() {
        return Stream.of(
                fits("a packet just as long as the MTU fits", MTU),
                fits("a packet one byte shorter fits", MTU - 1),
                tooBig("a packet one byte too long is refused, and its sender told the MTU", () -> udp(client, vip, data(MTU + 1))),
                tooBig("a long segment is refused likewise", () -> tcp(client, vip, 0x18, Arrays.copyOf(DATA, 2000))),
                tooBig("a jumbo frame is quoted as far as an error may be long", () -> udp(client, vip, DATA)),
                refusedFragment());
    }

    private byte[] data(int packet) {
        return Arrays.copyOf(DATA, packet - header - 8);
    }

    private SequenceFixture fits(String sentence, int length) {
        var flow = net.in(Protocol.UDP);
        return fixture(sentence, flow)
                .step(udp(client, vip, data(length)).build(), Counter.FRAMES_FORWARDED,
                        expected(udp(client, vip, data(length)), flow).build());
    }

    private SequenceFixture tooBig(String sentence, Supplier<FrameBuilder> frame) {
        byte[] in = frame.get().build();
        var protocol = in[net.isV6() ? 20 : 23] == 6 ? Protocol.TCP : Protocol.UDP;
        return fixture(sentence, net.in(protocol)).step(in, TOLD, List.of(tooBig(in)));
    }

    /// A first fragment may bring an error (RFC 1122 3.2.2: others may not), if it must not be cut.
    private SequenceFixture refusedFragment() {
        var in = new FragmentBuilder(udp(client, vip, DATA).build(), ID).cut(1400);
        byte[] first = in.get(0);
        if (!net.isV6()) {
            step(first, 20, 0x40, 24);
        }
        return fixture("a first fragment that may not be cut is refused, and those behind it dropped", net.in(Protocol.UDP))
                .step(first, TOLD, List.of(tooBig(first)))
                .step(in.get(1), Counter.DROP_FRAGMENT);
    }

    /// Sets bits of a byte in an even place, and the checksum right again.
    private static void step(byte[] frame, int at, int bits, int checksum) {
        frame[at] |= (byte) bits;
        int value = ((frame[checksum] & 0xff) << 8 | (frame[checksum + 1] & 0xff)) - (bits << 8);
        value = value < 0 ? value + 0xffff : value;
        frame[checksum] = (byte) (value >> 8);
        frame[checksum + 1] = (byte) value;
    }

    private byte[] tooBig(byte[] offending) {
        int quoteMax = net.isV6() ? 1280 - 48 : 576 - 28;
        byte[] quoted = Arrays.copyOfRange(offending, 14, Math.min(offending.length, 14 + quoteMax));
        return FrameBuilder.icmp(net.vipHost(), net.host(), net.isV6() ? 2 : 3, net.isV6() ? 0 : 4, MTU, quoted)
                .macs(FrameBuilder.CLIENT_MAC, FrameBuilder.DIRECTOR_MAC)
                .service(net.isV6() ? 0 : 0xc0)
                .identification(0)
                .flowLabel(0)
                .build();
    }

    private Stream<SequenceFixture> cutPackets() {
        return Stream.of(
                cut("a packet that may be cut leaves in pieces", MTU, () -> udp(client, vip, Arrays.copyOf(DATA, 1400)), 1280),
                cut("a long one in many", MTU, () -> udp(client, vip, DATA), 1280, 2560, 3840),
                cut("a segment as well", MTU, () -> tcp(client, vip, 0x18, Arrays.copyOf(DATA, 1500)), 1280),
                cut("pieces are as long as whole units of 8 bytes can be", 1307, () -> udp(client, vip, DATA), 1280, 2560, 3840),
                cut("UDP without a checksum is cut without", MTU, () -> udp(client, vip, DATA).noChecksum(), 1280, 2560, 3840),
                partial(),
                fragmentsOfAFragment(),
                damaged());
    }

    /// The smallest MTU of IPv4 is 68 (RFC 791).
    private Stream<SequenceFixture> cutAtEveryMtu() {
        byte[] data = Arrays.copyOf(DATA, 150);
        int length = 8 + data.length;
        return IntStream.range(68, 20 + length).mapToObj(mtu -> {
            int room = (mtu - 20) / 8 * 8;
            int[] ends = IntStream.iterate(room, end -> end < length, end -> end + room).toArray();
            return cut("cut for an MTU of " + mtu, mtu, () -> udp(client, vip, data), ends);
        });
    }

    private SequenceFixture cut(String sentence, int mtu, Supplier<FrameBuilder> frame, int... ends) {
        byte[] in = frame.get().fragment(MAY_FRAGMENT).build();
        var flow = net.in(in[23] == 6 ? Protocol.TCP : Protocol.UDP);
        var out = new FragmentBuilder(expected(frame.get(), flow).build(), ID).cut(ends);
        return SequenceFixture.of(sentence, flow).mtu(mtu).step(in, made(out.size()), out);
    }

    private static Map<Counter, Integer> made(int pieces) {
        return Map.of(Counter.FRAMES_FORWARDED, 1, Counter.FRAGMENTS_MADE, pieces);
    }

    /// What the interface would have summed must be summed before.
    private SequenceFixture partial() {
        var flow = net.in(Protocol.TCP);
        byte[] data = Arrays.copyOf(DATA, 1501);
        byte[] in = tcp(client, vip, 0x18, data).fragment(MAY_FRAGMENT).partial().build();
        var out = new FragmentBuilder(expected(tcp(client, vip, 0x18, data), flow).build(), ID).cut(1280);
        return fixture("a partial checksum is completed before the packet is cut", flow).partialStep(in, made(2), out);
    }

    private SequenceFixture fragmentsOfAFragment() {
        var flow = net.in(Protocol.UDP);
        var in = new FragmentBuilder(udp(client, vip, DATA).build(), ID).cut(1400, 2800);
        var whole = new FragmentBuilder(expected(udp(client, vip, DATA), flow).build(), ID);
        byte[] bytes = whole.transport();
        var out = new ArrayList<byte[]>();
        int[] ends = {0, 1280, 1400, 2680, 2800, bytes.length};
        for (int i = 0; i + 1 < ends.length; i++) {
            out.add(whole.part(ends[i], Arrays.copyOfRange(bytes, ends[i], ends[i + 1]), ends[i + 1] < bytes.length));
        }
        var two = Map.of(Counter.FRAGMENTS_FORWARDED, 1, Counter.FRAGMENTS_MADE, 2);
        return fixture("fragments are cut once more, and keep their places", flow)
                .step(in.get(0), two, out.subList(0, 2))
                .step(in.get(1), two, out.subList(2, 4))
                .step(in.get(2), Counter.FRAGMENTS_FORWARDED, out.get(4));
    }

    /// A header made anew would hide that the old one was damaged.
    private SequenceFixture damaged() {
        byte[] in = udp(client, vip, DATA).fragment(MAY_FRAGMENT).build();
        in[24] ^= 0x10;
        return fixture("a packet with a damaged header is not cut but dropped", net.in(Protocol.UDP))
                .step(in, Map.of(Counter.DROP_TOO_BIG, 1), List.of());
    }

    private Stream<SequenceFixture> options() {
        int[] copied = {0x88, 4, 0x12, 0x34};
        int[] notCopied = {0x07, 7, 4, 10, 0, 0, 1};
        return Stream.of(
                options("an option marked so is in every piece", copied, copied, 1272, 2544, 3816),
                options("an option not marked is in the first piece only", ints(notCopied, 1), new int[0], 1272, 2552, 3832),
                options("both kinds together", ints(notCopied, 1, copied), copied, 1264, 2536, 3808),
                options("no-operations are not copied", new int[] {1, 1, 1, 1}, new int[0], 1272, 2552, 3832),
                options(
                        "a marked option of odd length is padded",
                        new int[] {0x88, 3, 0x55, 0},
                        new int[] {0x88, 3, 0x55, 0},
                        1272,
                        2544,
                        3816),
                options("behind the end of the list nothing is copied", new int[] {0, 0x88, 4, 1}, new int[0], 1272, 2552, 3832),
                options("a marked option with a length of 0 goes to the end", new int[] {0x88, 0, 9, 9}, new int[] {0x88, 0, 9, 9}, 1272, 2544, 3816),
                options("a marked option longer than the header goes to its end", new int[] {0x88, 9, 1, 2}, new int[] {0x88, 9, 1, 2}, 1272, 2544, 3816));
    }

    private static int[] ints(int[] first, int then, int... more) {
        return IntStream.concat(IntStream.concat(Arrays.stream(first), IntStream.of(then)), Arrays.stream(more)).toArray();
    }

    private SequenceFixture options(String sentence, int[] options, int[] laterOptions, int... ends) {
        var flow = net.in(Protocol.UDP);
        byte[] in = udp(client, vip, DATA).ipOptions(options).fragment(MAY_FRAGMENT).build();
        var first = new FragmentBuilder(expected(udp(client, vip, DATA).ipOptions(options), flow).build(), ID);
        var later = new FragmentBuilder(expected(udp(client, vip, DATA).ipOptions(laterOptions), flow).build(), ID);
        var out = new ArrayList<byte[]>();
        out.add(first.cut(ends).getFirst());
        var pieces = later.cut(ends);
        out.addAll(pieces.subList(1, pieces.size()));
        return fixture(sentence, flow).step(in, made(out.size()), out);
    }

    private Stream<SequenceFixture> neverCut() {
        var in = new FragmentBuilder(udp(client, vip, DATA).build(), ID).cut(1400);
        var flow = net.in(Protocol.UDP);
        return Stream.of(
                tooBig("a packet of IPv6 is never cut, whatever its sender would like", () -> udp(client, vip, DATA).fragment(0)),
                fixture("a later fragment of IPv6 that waits meets the fate of its first", flow)
                        .step(in.get(1), Counter.FRAGMENTS_HELD)
                        .step(
                                in.get(0),
                                Map.of(Counter.DROP_TOO_BIG, 1, Counter.ICMP_ERRORS_SENT, 1, Counter.DROP_FRAGMENT, 1),
                                List.of(tooBig(in.get(0)))));
    }

    private SequenceFixture fixture(String sentence, FlowSpec flow) {
        return SequenceFixture.of(sentence + net.name(), flow).mtu(MTU);
    }

    private static FrameBuilder expected(FrameBuilder frame, FlowSpec flow) {
        return frame.macs(flow.mac(), FlowSpec.SOURCE_MAC).oneHopLess().to(flow.replacement().toString());
    }
}
