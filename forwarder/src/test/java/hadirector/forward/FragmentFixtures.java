package hadirector.forward;

import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.FragmentBuilder;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Datagrams and segments that come in fragments, over IPv4 and over IPv6.
final class FragmentFixtures {
    private static final int ID = 0x77aa;
    private static final byte[] DATA = new byte[100];

    static {
        new Random(9).nextBytes(DATA);
    }

    private final FixtureNet net;
    private final String client;
    private final String vip;
    private final String rip;

    private FragmentFixtures(FixtureNet net) {
        this.net = net;
        client = net.client();
        vip = net.vip();
        rip = net.rip();
    }

    static Stream<SequenceFixture> all() {
        return Stream.of(FixtureNet.V4, FixtureNet.V6)
                .map(FragmentFixtures::new)
                .flatMap(f -> Stream.of(f.orders(), f.echo(), f.methods(), f.refused(), f.overlapping(), f.impossible(), f.truncated()))
                .flatMap(each -> each);
    }

    /// Every order of three and of four fragments: what leaves at a step is what can, in the order it came.
    private Stream<SequenceFixture> orders() {
        return Stream.concat(
                orders(3).map(order -> inOrder(order, 40, 72)), orders(4).map(order -> inOrder(order, 24, 48, 88)));
    }

    private static Stream<List<Integer>> orders(int count) {
        return count == 1 ? Stream.of(List.of(0)) : orders(count - 1).flatMap(order -> insertions(order, count - 1));
    }

    private static Stream<List<Integer>> insertions(List<Integer> order, int item) {
        return IntStream.rangeClosed(0, order.size()).mapToObj(at -> {
            var longer = new ArrayList<>(order);
            longer.add(at, item);
            return List.copyOf(longer);
        });
    }

    private SequenceFixture inOrder(List<Integer> order, int... ends) {
        var in = fragments(udp(client, vip, DATA), ends);
        var out = fragments(expected(udp(client, vip, DATA), net.in(Protocol.UDP)), ends);
        return run("fragments in the order " + order + " all reach the realserver", net.in(Protocol.UDP), order, in, out);
    }

    private SequenceFixture run(String sentence, FlowSpec flow, List<Integer> order, List<byte[]> in, List<byte[]> out) {
        return run(sentence, Counter.FRAGMENTS_FORWARDED, flow, order, in, out);
    }

    private SequenceFixture run(
            String sentence, Counter leaving, FlowSpec flow, List<Integer> order, List<byte[]> in, List<byte[]> out) {
        var fixture = SequenceFixture.of(sentence + net.name(), flow);
        var waiting = new ArrayList<byte[]>();
        boolean decided = false;
        for (int part : order) {
            decided |= part == 0;
            waiting.add(out.get(part));
            if (part == 0) {
                waiting.removeLast();
                waiting.addFirst(out.get(part));
            }
            if (decided) {
                fixture = fixture.step(in.get(part), Map.of(leaving, waiting.size()), List.copyOf(waiting));
                waiting.clear();
            } else {
                fixture = fixture.step(in.get(part), Counter.FRAGMENTS_HELD);
            }
        }
        return fixture;
    }

    /// Nothing is put together: each fragment of a request becomes that of the reply.
    private Stream<SequenceFixture> echo() {
        var request = FrameBuilder.icmp(net.host(), net.vipHost(), net.isV6() ? 128 : 8, 0, 7, DATA);
        var reply = FrameBuilder.icmp(net.vipHost(), net.host(), net.isV6() ? 129 : 0, 0, 7, DATA)
                .macs(FrameBuilder.CLIENT_MAC, FrameBuilder.DIRECTOR_MAC);
        var in = fragments(request, 40, 72);
        var out = fragments(reply, 40, 72);
        var strange = fragments(reply.macs(FrameBuilder.DIRECTOR_MAC, FrameBuilder.CLIENT_MAC), 40, 72);
        return Stream.concat(
                orders(3).map(order -> run(
                        "fragments of an echo request in the order " + order + " are answered",
                        Counter.FRAMES_ANSWERED,
                        net.in(Protocol.UDP),
                        order,
                        in,
                        out)),
                Stream.of(SequenceFixture.of("fragments of an echo reply are not answered" + net.name(), net.in(Protocol.UDP))
                        .step(strange.get(1), Counter.FRAGMENTS_HELD)
                        .step(strange.get(0), Map.of(Counter.DROP_UNSUPPORTED, 1, Counter.DROP_FRAGMENT, 1), List.of())
                        .step(strange.get(2), Counter.DROP_FRAGMENT)));
    }

    private Stream<SequenceFixture> methods() {
        return Stream.of(
                forwarded("fragments of an answer come from the VIP", net.out(Protocol.UDP), () -> udp(rip, client, DATA)),
                forwarded("DR carries fragments", net.direct(Protocol.UDP), () -> udp(client, vip, DATA)),
                forwarded("a TCP segment in fragments is carried", net.in(Protocol.TCP), () -> tcp(client, vip, 0x18, DATA)),
                forwarded("a SYN with data in fragments is carried", net.in(Protocol.TCP), () -> tcp(client, vip, 2, DATA)),
                forwarded(
                        "fragments of UDP without a checksum stay without",
                        net.in(Protocol.UDP),
                        () -> udp(client, vip, DATA).noChecksum()),
                forwarded("fragments with a TTL of 2 leave with 1", net.in(Protocol.UDP), () -> udp(client, vip, DATA).ttl(2)),
                twoDatagramsAtOnce(),
                anIdentificationUsedAgain());
    }

    private SequenceFixture forwarded(String sentence, FlowSpec flow, Supplier<FrameBuilder> frame) {
        var in = fragments(frame.get(), 40, 72);
        var out = fragments(expected(frame.get(), flow), 40, 72);
        return run(sentence, flow, List.of(1, 0, 2), in, out);
    }

    private SequenceFixture twoDatagramsAtOnce() {
        var flow = net.in(Protocol.UDP);
        byte[] other = Arrays.copyOf(DATA, 90);
        var in = fragments(udp(client, vip, DATA), 48);
        var out = fragments(expected(udp(client, vip, DATA), flow), 48);
        var otherIn = new FragmentBuilder(udp(client, vip, other).build(), ID + 1).cut(64);
        var otherOut = new FragmentBuilder(expected(udp(client, vip, other), flow).build(), ID + 1).cut(64);
        return SequenceFixture.of("fragments of two datagrams mixed are told apart" + net.name(), flow)
                .step(in.get(0), Counter.FRAGMENTS_FORWARDED, out.get(0))
                .step(otherIn.get(1), Counter.FRAGMENTS_HELD)
                .step(in.get(1), Counter.FRAGMENTS_FORWARDED, out.get(1))
                .step(otherIn.get(0), Map.of(Counter.FRAGMENTS_FORWARDED, 2), otherOut);
    }

    private SequenceFixture anIdentificationUsedAgain() {
        var flow = net.in(Protocol.UDP);
        var in = fragments(udp(client, vip, DATA), 48);
        var out = fragments(expected(udp(client, vip, DATA), flow), 48);
        return SequenceFixture.of("an identification used again after the whole datagram is a new one" + net.name(), flow)
                .step(in.get(0), Counter.FRAGMENTS_FORWARDED, out.get(0))
                .step(in.get(1), Counter.FRAGMENTS_FORWARDED, out.get(1))
                .step(in.get(1), Counter.FRAGMENTS_HELD)
                .step(in.get(0), Map.of(Counter.FRAGMENTS_FORWARDED, 2), out);
    }

    private Stream<SequenceFixture> refused() {
        var flow = net.in(Protocol.UDP);
        String closed = net.at(net.vipHost(), 81);
        var stray = fragments(udp(client, closed, DATA), 40, 72);
        var in = fragments(udp(client, vip, DATA), 40, 72);
        var out = fragments(expected(udp(client, vip, DATA), flow), 40, 72);
        var spent = fragments(udp(client, vip, DATA).ttl(1), 40, 72);
        return Stream.of(
                SequenceFixture.of("what follows a first fragment of no connection is dropped" + net.name(), flow)
                        .step(stray.get(1), Counter.FRAGMENTS_HELD)
                        .step(stray.get(0), Map.of(Counter.DROP_NO_ENTRY, 1, Counter.DROP_FRAGMENT, 1), List.of())
                        .step(stray.get(2), Counter.DROP_FRAGMENT),
                SequenceFixture.of("a first fragment whose TTL is used up ends here, and its sender hears of it" + net.name(), flow)
                        .step(
                                spent.get(0),
                                Map.of(Counter.DROP_TTL, 1, Counter.ICMP_ERRORS_SENT, 1),
                                List.of(timeExceeded(spent.get(0))))
                        .step(spent.get(1), Counter.DROP_FRAGMENT),
                SequenceFixture.of("fragments whose first comes too late are dropped" + net.name(), flow)
                        .step(in.get(1), Counter.FRAGMENTS_HELD)
                        .step(in.get(2), Counter.FRAGMENTS_HELD)
                        .step(
                                30_000,
                                in.get(0),
                                Map.of(Counter.DROP_FRAGMENT_TIMEOUT, 2, Counter.FRAGMENTS_FORWARDED, 1),
                                List.of(out.get(0))),
                SequenceFixture.of("fragments wait for almost half a minute" + net.name(), flow)
                        .step(in.get(1), Counter.FRAGMENTS_HELD)
                        .step(29_999, in.get(0), Map.of(Counter.FRAGMENTS_FORWARDED, 2), out.subList(0, 2)));
    }

    private byte[] timeExceeded(byte[] offending) {
        byte[] quoted = Arrays.copyOfRange(offending, 14, offending.length);
        return FrameBuilder.icmp(net.vipHost(), net.host(), net.isV6() ? 3 : 11, 0, 0, quoted)
                .macs(FrameBuilder.CLIENT_MAC, FrameBuilder.DIRECTOR_MAC)
                .service(net.isV6() ? 0 : 0xc0)
                .identification(0)
                .flowLabel(0)
                .build();
    }

    /// RFC 5722, and Linux for IPv4 as well.
    private Stream<SequenceFixture> overlapping() {
        var flow = net.in(Protocol.UDP);
        var out = fragments(expected(udp(client, vip, DATA), flow), 40, 72);
        var in = fragments(udp(client, vip, DATA), 40, 72);
        var first = SequenceFixture.of("", flow).step(in.get(0), Counter.FRAGMENTS_FORWARDED, out.get(0));
        return Stream.of(
                spoiled("that begins before the last one's end", first, 32, 16, true),
                spoiled("that covers the first and more", first, 0, 48, true),
                spoiled("that ends the datagram inside what was seen", first, 8, 16, false),
                named("a fragment seen twice goes once, and does no harm", first)
                        .step(in.get(0), Counter.DROP_FRAGMENT_DUPLICATE)
                        .step(in.get(1), Counter.FRAGMENTS_FORWARDED, out.get(1))
                        .step(in.get(1), Counter.DROP_FRAGMENT_DUPLICATE)
                        .step(in.get(2), Counter.FRAGMENTS_FORWARDED, out.get(2)),
                named("a fragment inside another is a duplicate", first)
                        .step(part(8, 16, true), Counter.DROP_FRAGMENT_DUPLICATE)
                        .step(in.get(1), Counter.FRAGMENTS_FORWARDED, out.get(1)),
                named("fragments that wait and overlap are dropped together", SequenceFixture.of("", flow))
                        .step(part(40, 32, true), Counter.FRAGMENTS_HELD)
                        .step(part(64, 16, true), Map.of(Counter.DROP_FRAGMENT_OVERLAP, 2), List.of())
                        .step(in.get(0), Counter.DROP_FRAGMENT),
                named("a first fragment that overlaps what waits is dropped with it", SequenceFixture.of("", flow))
                        .step(part(32, 32, true), Counter.FRAGMENTS_HELD)
                        .step(in.get(0), Map.of(Counter.DROP_FRAGMENT_OVERLAP, 2), List.of())
                        .step(part(64, 8, false), Counter.DROP_FRAGMENT),
                named("behind a whole datagram another begins", first)
                        .step(part(40, 16, false), Counter.FRAGMENTS_FORWARDED, out(40, 16, false))
                        .step(part(56, 16, false), Counter.FRAGMENTS_HELD),
                named("a fragment behind the last one is a contradiction", SequenceFixture.of("", flow))
                        .step(part(72, 16, false), Counter.FRAGMENTS_HELD)
                        .step(part(88, 8, true), Map.of(Counter.DROP_FRAGMENT_OVERLAP, 2), List.of()),
                named("more gaps than are remembered spoil a datagram", SequenceFixture.of("", flow), 8));
    }

    private SequenceFixture named(String sentence, SequenceFixture fixture) {
        return new SequenceFixture(sentence + net.name(), fixture.flows(), fixture.mtu(), fixture.steps());
    }

    /// So many fragments with a gap before each, then one more: there is room for four of one source to wait.
    private SequenceFixture named(String sentence, SequenceFixture fixture, int gaps) {
        var longer = named(sentence, fixture).step(
                fragments(udp(client, vip, DATA), 40).getFirst(),
                Counter.FRAGMENTS_FORWARDED,
                fragments(expected(udp(client, vip, DATA), net.in(Protocol.UDP)), 40).getFirst());
        for (int i = 1; i < gaps; i++) {
            longer = longer.step(part(40 + 16 * i, 8, true), Counter.FRAGMENTS_FORWARDED, out(40 + 16 * i, 8, true));
        }
        return longer.step(part(40 + 16 * gaps, 8, true), Counter.DROP_FRAGMENT_LIMIT)
                .step(part(40, 8, true), Counter.DROP_FRAGMENT);
    }

    private SequenceFixture spoiled(String what, SequenceFixture first, int offset, int length, boolean more) {
        return named("a fragment " + what + " spoils its datagram", first)
                .step(part(offset, length, more), Counter.DROP_FRAGMENT_OVERLAP)
                .step(fragments(udp(client, vip, DATA), 40, 72).get(1), Counter.DROP_FRAGMENT);
    }

    private Stream<SequenceFixture> impossible() {
        var flow = net.in(Protocol.UDP);
        var empty = SequenceFixture.of("", flow);
        var segment = fragments(tcp(client, vip, TcpView.SYN, DATA), 16, 72);
        return Stream.of(
                named("a fragment without data is invalid", empty).step(part(40, 0, true), Counter.DROP_FRAGMENT_INVALID),
                named("a fragment in the middle of 9 bytes is invalid", empty)
                        .step(part(40, 9, true), Counter.DROP_FRAGMENT_INVALID),
                named("a fragment beyond the longest datagram is invalid", empty)
                        .step(part(65_512, 64, false), Counter.DROP_FRAGMENT_INVALID),
                named("a first fragment that ends in the TCP header is invalid (RFC 1858)", empty)
                        .step(segment.get(1), Counter.FRAGMENTS_HELD)
                        .step(segment.get(0), Map.of(Counter.DROP_FRAGMENT_INVALID, 2), List.of())
                        .step(segment.get(2), Counter.DROP_FRAGMENT),
                named("a first fragment of 7 bytes of UDP is invalid", empty).step(part(0, 7, true), Counter.DROP_FRAGMENT_INVALID),
                named("fragments of another protocol are dropped", empty)
                        .step(foreign(0, true), Counter.DROP_FRAGMENT)
                        .step(foreign(16, false), Counter.DROP_FRAGMENT),
                flood(empty));
    }

    /// The fixtures' cache has room for 16 to wait, 4 of one source.
    private SequenceFixture flood(SequenceFixture empty) {
        var fixture = named("a source that lets more wait than its share loses that datagram", empty);
        for (int i = 1; i <= 4; i++) {
            fixture = fixture.step(part(16 * i, 8, true), Counter.FRAGMENTS_HELD);
        }
        return fixture.step(part(80, 8, true), Map.of(Counter.DROP_FRAGMENT_LIMIT, 5), List.of());
    }

    private byte[] foreign(int offset, boolean more) {
        byte[] whole = FrameBuilder.ip(47, net.host(), net.vipHost(), new byte[32]).build();
        return new FragmentBuilder(whole, ID).part(offset, new byte[16], more);
    }

    private Stream<SequenceFixture> truncated() {
        byte[] whole = fragments(udp(client, vip, DATA), 40, 72).get(1);
        return IntStream.range(0, whole.length)
                .mapToObj(i -> SequenceFixture.of("a fragment cut to %d bytes is malformed".formatted(i) + net.name(), net.in(Protocol.UDP))
                        .step(Arrays.copyOf(whole, i), Counter.DROP_MALFORMED));
    }

    private List<byte[]> fragments(FrameBuilder whole, int... ends) {
        return new FragmentBuilder(whole.build(), ID).cut(ends);
    }

    /// A fragment of [#DATA]'s datagram, with data of its own.
    private byte[] part(int offset, int length, boolean more) {
        return new FragmentBuilder(udp(client, vip, DATA).build(), ID).part(offset, new byte[length], more);
    }

    /// The same as it leaves.
    private byte[] out(int offset, int length, boolean more) {
        byte[] whole = expected(udp(client, vip, DATA), net.in(Protocol.UDP)).build();
        return new FragmentBuilder(whole, ID).part(offset, new byte[length], more);
    }

    private static FrameBuilder expected(FrameBuilder frame, FlowSpec flow) {
        var moved = frame.macs(flow.mac(), FlowSpec.SOURCE_MAC).oneHopLess();
        return switch (flow.action()) {
            case TO_REAL_SERVER -> moved.to(flow.replacement().toString());
            case TO_CLIENT -> moved.from(flow.replacement().toString());
            case DIRECT -> moved;
            case TUNNEL -> throw new IllegalArgumentException("no tunnel here");
        };
    }
}
