package hadirector.forward;

import static hadirector.packet.FrameBuilder.bytes;
import static hadirector.packet.FrameBuilder.icmp;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// ICMP errors that quote packets of connections, over IPv4 and over IPv6.
final class IcmpErrorFixtures {
    private static final byte[] DATA = bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    private static final int ETHERNET = 14;
    private static final int TRANSPORT_MIN = 8;

    /// An ICMP type and code with what stands behind the checksum.
    private record Type(String name, int type, int code, int rest) {}

    private final FixtureNet net;
    private final String router;
    private final String insideRouter;
    private final String client;
    private final String vip;
    private final String rip;
    private final Type unreachable;

    private IcmpErrorFixtures(FixtureNet net) {
        this.net = net;
        router = net.isV6() ? "2001:db8:99::9" : "203.0.113.9";
        insideRouter = net.isV6() ? "fd00:2::fe" : "10.2.0.254";
        client = net.client();
        vip = net.vip();
        rip = net.rip();
        unreachable = types().getFirst();
    }

    static Stream<PacketFixture> all() {
        return Stream.of(FixtureNet.V4, FixtureNet.V6)
                .map(IcmpErrorFixtures::new)
                .flatMap(fixtures -> Stream.of(
                                fixtures.everyType(),
                                fixtures.quotesCutShort(),
                                fixtures.quotes(),
                                fixtures.extensions(),
                                fixtures.outside(),
                                fixtures.unmatched(),
                                fixtures.truncated(),
                                fixtures.family())
                        .flatMap(each -> each));
    }

    private List<Type> types() {
        return net.isV6()
                ? List.of(
                        new Type("no route", 1, 0, 0),
                        new Type("address unreachable", 1, 3, 0),
                        new Type("port unreachable", 1, 4, 0),
                        new Type("packet too big", 2, 0, 1280),
                        new Type("hop limit exceeded", 3, 0, 0),
                        new Type("reassembly time exceeded", 3, 1, 0),
                        new Type("parameter problem", 4, 1, 40))
                : List.of(
                        new Type("network unreachable", 3, 0, 0),
                        new Type("host unreachable", 3, 1, 0),
                        new Type("port unreachable", 3, 3, 0),
                        new Type("fragmentation needed", 3, 4, 1400),
                        new Type("source quench", 4, 0, 0),
                        new Type("TTL exceeded", 11, 0, 0),
                        new Type("reassembly time exceeded", 11, 1, 0),
                        new Type("parameter problem", 12, 0, 20 << 24));
    }

    private Stream<PacketFixture> everyType() {
        return types().stream()
                .flatMap(type -> Stream.of(
                        toServer(
                                type.name + " about TCP reaches the realserver",
                                type,
                                () -> tcp(vip, client, TcpView.ACK, DATA),
                                Protocol.TCP),
                        toServer(
                                type.name + " about UDP reaches the realserver",
                                type,
                                () -> udp(vip, client, DATA),
                                Protocol.UDP),
                        toClient(
                                type.name + " of a realserver about TCP comes from the VIP",
                                type,
                                net.server(),
                                () -> tcp(client, rip, TcpView.SYN),
                                Protocol.TCP),
                        toClient(
                                type.name + " of a router behind about UDP comes from the VIP as well",
                                type,
                                insideRouter,
                                () -> udp(client, rip, DATA),
                                Protocol.UDP),
                        direct(type.name + " goes to a directly routed realserver as it is", type)));
    }

    /// RFC 792 asks for 8 bytes; behind them a checksum may be quoted or not.
    private Stream<PacketFixture> quotesCutShort() {
        int header = net.isV6() ? 40 : 20;
        var tcp = Stream.of(8, 9, 12, 16, 18, 19, 20, 21)
                .map(length -> cut("a TCP segment quoted with %d bytes".formatted(length), header + length, Protocol.TCP));
        var udp = Stream.of(8, 9, 12, 16, 19)
                .map(length -> cut("a UDP datagram quoted with %d bytes".formatted(length), header + length, Protocol.UDP));
        var tooShort = IntStream.range(0, header + TRANSPORT_MIN)
                .mapToObj(length -> drop(
                        "a quote of %d bytes is too short".formatted(length),
                        Counter.DROP_ICMP_UNMATCHED,
                        error(router, net.vipHost(), unreachable, Arrays.copyOf(quote(tcp(vip, client, 0x10)), length))
                                .build()));
        return Stream.of(tcp, udp, tooShort, Stream.of(halfAChecksum(header + 17))).flatMap(each -> each);
    }

    private PacketFixture cut(String what, int length, Protocol protocol) {
        byte[] in = Arrays.copyOf(quote(packet(protocol, vip, client)), length);
        byte[] out = Arrays.copyOf(quote(packet(protocol, rip, client)), length);
        return forwarded(
                what + " is translated as far as it goes",
                net.in(protocol),
                error(router, net.vipHost(), unreachable, in),
                error(router, net.server(), unreachable, out));
    }

    /// What a difference would make of one of its bytes depends on the other.
    private PacketFixture halfAChecksum(int length) {
        byte[] in = Arrays.copyOf(quote(packet(Protocol.TCP, vip, client)), length);
        byte[] out = Arrays.copyOf(quote(packet(Protocol.TCP, rip, client)), length);
        out[length - 1] = in[length - 1];
        return forwarded(
                "half a checksum at the end of a quote is left as it is",
                net.in(Protocol.TCP),
                error(router, net.vipHost(), unreachable, in),
                error(router, net.server(), unreachable, out));
    }

    private static FrameBuilder packet(Protocol protocol, String from, String to) {
        return protocol == Protocol.TCP ? tcp(from, to, TcpView.ACK, DATA) : udp(from, to, DATA);
    }

    private Stream<PacketFixture> quotes() {
        return Stream.of(
                toServer("a quote whose TTL was used up", unreachable, () -> tcp(vip, client, 0x10).ttl(0), Protocol.TCP),
                toServer("a quoted SYN-ACK", unreachable, () -> tcp(vip, client, 0x12).tcpOptions(2, 4, 5, 0xb4), Protocol.TCP),
                toServer("a long quote", unreachable, () -> udp(vip, client, new byte[500]), Protocol.UDP),
                toServer("an odd quote", unreachable, () -> udp(vip, client, bytes(1, 2, 3)), Protocol.UDP),
                toServer(
                        "a quoted UDP checksum of 0 says none and does so still",
                        unreachable,
                        () -> udp(vip, client, DATA).noChecksum(),
                        Protocol.UDP),
                toServer(
                        "a quoted UDP checksum that becomes 0 is ffff",
                        unreachable,
                        () -> udp(vip, client, sumsToZero(rip)),
                        Protocol.UDP),
                toClient(
                        "a quoted UDP checksum of ffff is updated as any other",
                        unreachable,
                        net.server(),
                        () -> udp(client, rip, sumsToZeroFrom()),
                        Protocol.UDP),
                wrong("a wrong TCP checksum in the quote is carried along", transportAt() + 16, Protocol.TCP),
                wrong("a wrong UDP checksum in the quote is carried along", transportAt() + 6, Protocol.UDP),
                wrong("a length in the quote that was changed on the way is left so", net.isV6() ? 4 : 2, Protocol.TCP));
    }

    /// A quote with one field wrong, and the same field wrong by as much behind.
    private PacketFixture wrong(String sentence, int at, Protocol protocol) {
        byte[] in = quote(packet(protocol, vip, client));
        byte[] out = quote(packet(protocol, rip, client));
        step(in, at, out);
        return forwarded(
                sentence,
                net.in(protocol),
                error(router, net.vipHost(), unreachable, in),
                error(router, net.server(), unreachable, out));
    }

    private int transportAt() {
        return net.isV6() ? 40 : 20;
    }

    /// RFC 4884: the quote padded to a stated length, extension objects (here an MPLS label stack) behind it.
    private Stream<PacketFixture> extensions() {
        byte[] objects = bytes(0x20, 0, 0xad, 0x4f, 0, 8, 1, 1, 0x12, 0x34, 0x51, 0x40);
        int words = net.isV6() ? 16 << 24 : 32 << 16;
        int tooLong = net.isV6() ? 200 << 24 : 250 << 16;
        int tooShort = net.isV6() ? 5 << 24 : 6 << 16;
        var type = new Type("", unreachable.type, unreachable.code, words);
        byte[] in = padded(quote(tcp(vip, client, 0x10)), objects);
        byte[] out = padded(quote(tcp(rip, client, 0x10)), objects);
        return Stream.of(
                forwarded(
                        "extensions behind the quote are left as they are",
                        net.in(Protocol.TCP),
                        error(router, net.vipHost(), type, in),
                        error(router, net.server(), type, out)),
                forwarded(
                        "a stated length of the quote beyond the message is not believed",
                        net.in(Protocol.TCP),
                        error(router, net.vipHost(), new Type("", type.type, type.code, tooLong), in),
                        error(router, net.server(), new Type("", type.type, type.code, tooLong), out)),
                drop(
                        "extensions are no part of a quote that ends before its ports",
                        Counter.DROP_ICMP_UNMATCHED,
                        error(router, net.vipHost(), new Type("", type.type, type.code, tooShort), in).build()));
    }

    private static byte[] padded(byte[] quote, byte[] objects) {
        byte[] padded = Arrays.copyOf(quote, 128 + objects.length);
        System.arraycopy(objects, 0, padded, 128, objects.length);
        return padded;
    }

    private Stream<PacketFixture> outside() {
        Supplier<FrameBuilder> in = () -> error(router, net.vipHost(), unreachable, quote(tcp(vip, client, 0x10)));
        Supplier<FrameBuilder> out = () -> error(router, net.server(), unreachable, quote(tcp(rip, client, 0x10)));
        var flow = net.in(Protocol.TCP);
        byte[] wrongIn = in.get().build();
        byte[] wrongOut = leaving(out.get(), flow).build();
        int checksum = ETHERNET + transportAt() + 2;
        step(wrongIn, checksum, wrongOut);
        return Stream.of(
                new PacketFixture(
                        "a wrong ICMP checksum stays wrong by as much" + net.name(),
                        List.of(flow),
                        wrongIn,
                        false,
                        Counter.ICMP_ERRORS_FORWARDED,
                        wrongOut),
                forwarded("padding behind an error stays", flow, in.get().padding(9), out.get().padding(9)),
                forwarded("the class of service of an error stays", flow, in.get().service(0xc0), out.get().service(0xc0)),
                forwarded("an error with a TTL of 2 leaves with 1", flow, in.get().ttl(2), out.get().ttl(2)),
                drop("an error with a TTL of 1 ends here without a word", Counter.DROP_TTL, in.get().ttl(1).build()),
                drop("an error with a TTL of 0 as well", Counter.DROP_TTL, in.get().ttl(0).build()));
    }

    /// Adds 0x0101 to one checksum and the same to the other.
    private static void step(byte[] one, int at, byte[] other) {
        for (byte[] frame : List.of(one, other)) {
            int value = u16(frame, at) + 0x0101;
            value = value > 0xffff ? value - 0xffff : value;
            frame[at] = (byte) (value >> 8);
            frame[at + 1] = (byte) value;
        }
    }

    private Stream<PacketFixture> unmatched() {
        String other = net.at(net.isV6() ? "2001:db8:51::8" : "198.51.100.8", 40000);
        String otherVip = net.at(net.vipHost(), 81);
        String gateway = net.isV6() ? PacketFixture.GATEWAY6 : PacketFixture.GATEWAY;
        String stranger = net.isV6() ? "2001:db8:77::1" : "203.0.113.77";
        return Stream.of(
                unmatched("about another client", quote(tcp(vip, other, 0x10))),
                unmatched("about another port of the VIP", quote(tcp(otherVip, client, 0x10))),
                unmatched("about another protocol of the same ports", quote(udp(vip, client, DATA))),
                unmatched("about a packet of the client's to the VIP", quote(tcp(client, vip, 0x10))),
                unmatched("that quotes nothing", new byte[0]),
                unmatched("that quotes zeros", new byte[64]),
                unmatched("that quotes an echo reply of ours", quote(icmp(net.vipHost(), net.host(), 0, 0, 1, DATA))),
                unmatched("that quotes another protocol", quote(FrameBuilder.ip(47, net.vipHost(), net.host(), DATA))),
                unmatched(
                        "that quotes an error", quote(error(net.vipHost(), net.host(), unreachable, quote(tcp(client, vip, 0x10))))),
                unmatched("that quotes the other version of IP", quote(foreignFamily())),
                drop(
                        "an error to another address than the quoted sender is dropped",
                        Counter.DROP_ICMP_UNMATCHED,
                        error(router, gateway, unreachable, quote(tcp(vip, client, 0x10))).build()),
                drop(
                        "an error between strangers is none of our business",
                        Counter.FRAMES_FOREIGN,
                        error(router, stranger, unreachable, quote(tcp(vip, client, 0x10))).build()));
    }

    private FrameBuilder foreignFamily() {
        var other = net.isV6() ? FixtureNet.V4 : FixtureNet.V6;
        return tcp(other.vip(), other.client(), 0x10);
    }

    private PacketFixture unmatched(String what, byte[] quote) {
        byte[] in = error(router, net.vipHost(), unreachable, quote).build();
        return drop("an error " + what + " is dropped", Counter.DROP_ICMP_UNMATCHED, in);
    }

    private Stream<PacketFixture> truncated() {
        byte[] whole = error(router, net.vipHost(), unreachable, quote(udp(vip, client))).build();
        return IntStream.range(0, whole.length)
                .mapToObj(i -> drop(
                        "an ICMP error cut to %d bytes is malformed".formatted(i),
                        Counter.DROP_MALFORMED,
                        Arrays.copyOf(whole, i)));
    }

    private Stream<PacketFixture> family() {
        return net.isV6() ? v6() : v4();
    }

    private Stream<PacketFixture> v4() {
        int[] nops = IntStream.range(0, 40).map(_ -> 1).toArray();
        byte[] tooLongHeader = quote(tcp(vip, client, 0x10));
        tooLongHeader[0] = 0x4f;
        byte[] noHeader = quote(tcp(vip, client, 0x10));
        noHeader[0] = 0x44;
        return Stream.of(
                toServer(
                        "options of the quoted packet do not hide its ports",
                        unreachable,
                        () -> tcp(vip, client, 0x10).ipOptions(0x94, 4, 0, 0),
                        Protocol.TCP),
                toServer(
                        "40 bytes of options in the quote are the most",
                        unreachable,
                        () -> udp(vip, client, DATA).ipOptions(nops),
                        Protocol.UDP),
                toServer(
                        "a quoted first fragment has its ports",
                        unreachable,
                        () -> udp(vip, client, DATA).fragment(0x2000),
                        Protocol.UDP),
                wrong("a wrong IP checksum in the quote is carried along", 10, Protocol.TCP),
                forwarded(
                        "options of the error itself stay",
                        net.in(Protocol.TCP),
                        error(router, net.vipHost(), unreachable, quote(tcp(vip, client, 0x10))).ipOptions(0x94, 4, 0, 0),
                        error(router, net.server(), unreachable, quote(tcp(rip, client, 0x10))).ipOptions(0x94, 4, 0, 0)),
                unmatched("that quotes a later fragment", quote(udp(vip, client, DATA).fragment(0x2010))),
                unmatched("that quotes a last fragment", quote(udp(vip, client, DATA).fragment(0x0010))),
                unmatched("that quotes options beyond its end", tooLongHeader),
                unmatched("that quotes an IHL of 4", noHeader),
                drop(
                        "a redirect is for the sender's own segment and dropped",
                        Counter.DROP_UNSUPPORTED,
                        icmp(router, net.vipHost(), 5, 1, 0x0a000001, quote(tcp(vip, client, 0x10))).build()),
                drop(
                        "an unknown type is dropped",
                        Counter.DROP_UNSUPPORTED,
                        icmp(router, net.vipHost(), 44, 0, 0, quote(tcp(vip, client, 0x10))).build()));
    }

    private Stream<PacketFixture> v6() {
        return Stream.of(
                toServer(
                        "extension headers of the quoted packet do not hide its ports",
                        unreachable,
                        () -> tcp(vip, client, 0x10).extension(0, 0, 1, 4, 0, 0, 0, 0).extension(60, 0, 1, 4, 0, 0, 0, 0),
                        Protocol.TCP),
                toServer(
                        "a quoted first fragment has its ports",
                        unreachable,
                        () -> udp(vip, client, DATA).fragmentHeader(0, true, 7),
                        Protocol.UDP),
                forwarded(
                        "extension headers of the error itself stay",
                        net.in(Protocol.TCP),
                        error(router, net.vipHost(), unreachable, quote(tcp(vip, client, 0x10))).extension(60, 0, 1, 4, 0, 0, 0, 0),
                        error(router, net.server(), unreachable, quote(tcp(rip, client, 0x10))).extension(60, 0, 1, 4, 0, 0, 0, 0)),
                unmatched("that quotes a later fragment", quote(udp(vip, client, DATA).fragmentHeader(16, true, 7))),
                unmatched("that quotes a last fragment", quote(udp(vip, client, DATA).fragmentHeader(16, false, 7))),
                unmatched(
                        "whose quote ends in an extension header",
                        Arrays.copyOf(quote(tcp(vip, client, 0x10).extension(60, 0, 1, 4, 0, 0, 0, 0)), 47)),
                unmatched(
                        "that quotes a packet on a route of its own",
                        quote(tcp(vip, client, 0x10).extension(43, 0, 4, 1, 0, 0, 0, 0))),
                drop(
                        "a redirect is for the sender's own segment and dropped",
                        Counter.DROP_UNSUPPORTED,
                        icmp(router, net.vipHost(), 137, 0, 0, new byte[32]).build()),
                drop(
                        "an unknown type is dropped",
                        Counter.DROP_UNSUPPORTED,
                        icmp(router, net.vipHost(), 100, 0, 0, quote(tcp(vip, client, 0x10))).build()));
    }

    private PacketFixture toServer(String sentence, Type type, Supplier<FrameBuilder> quoted, Protocol protocol) {
        return forwarded(
                sentence,
                net.in(protocol),
                error(router, net.vipHost(), type, quote(quoted.get())),
                error(router, net.server(), type, quote(quoted.get().from(rip))));
    }

    private PacketFixture toClient(
            String sentence, Type type, String from, Supplier<FrameBuilder> quoted, Protocol protocol) {
        return forwarded(
                sentence,
                net.out(protocol),
                error(from, net.host(), type, quote(quoted.get())),
                error(net.vipHost(), net.host(), type, quote(quoted.get().to(vip))));
    }

    private PacketFixture direct(String sentence, Type type) {
        byte[] quote = quote(tcp(vip, client, TcpView.ACK, DATA));
        return forwarded(
                sentence,
                net.direct(Protocol.TCP),
                error(router, net.vipHost(), type, quote),
                error(router, net.vipHost(), type, quote));
    }

    private PacketFixture forwarded(String sentence, FlowSpec flow, FrameBuilder in, FrameBuilder out) {
        return new PacketFixture(
                sentence + net.name(),
                List.of(flow),
                in.build(),
                false,
                Counter.ICMP_ERRORS_FORWARDED,
                leaving(out, flow).build());
    }

    private static FrameBuilder leaving(FrameBuilder frame, FlowSpec flow) {
        return frame.macs(flow.mac(), FlowSpec.SOURCE_MAC).oneHopLess();
    }

    private PacketFixture drop(String sentence, Counter why, byte[] in) {
        return PacketFixture.dropped(sentence + net.name(), why, in).withFlow(net.in(Protocol.TCP));
    }

    private static FrameBuilder error(String from, String to, Type type, byte[] quote) {
        return icmp(from, to, type.type, type.code, type.rest, quote);
    }

    private static byte[] quote(FrameBuilder packet) {
        byte[] frame = packet.build();
        return Arrays.copyOfRange(frame, ETHERNET, frame.length);
    }

    /// Two data bytes that make the checksum of a datagram `from` the realserver 0, which is sent as ffff.
    private byte[] sumsToZero(String from) {
        byte[] frame = udp(from, client, bytes(0, 0)).build();
        int at = ETHERNET + transportAt() + 6;
        return bytes(frame[at], frame[at + 1]);
    }

    private byte[] sumsToZeroFrom() {
        byte[] frame = udp(client, rip, bytes(0, 0)).build();
        int at = ETHERNET + transportAt() + 6;
        return bytes(frame[at], frame[at + 1]);
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }
}
