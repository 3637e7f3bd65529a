package hadirector.forward;

import static hadirector.forward.PacketFixture.answered;
import static hadirector.forward.PacketFixture.dropped;
import static hadirector.forward.PacketFixture.reset;
import static hadirector.packet.FrameBuilder.CLIENT_MAC;
import static hadirector.packet.FrameBuilder.DIRECTOR_MAC;
import static hadirector.packet.FrameBuilder.bytes;
import static hadirector.packet.FrameBuilder.icmp;
import static hadirector.packet.FrameBuilder.tcp;
import static hadirector.packet.FrameBuilder.udp;

import hadirector.engine.Counter;
import hadirector.model.Protocol;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Packets that the director answers itself, or must not.
final class AnswerFixtures {
    private final FixtureNet net;
    private final String host;
    private final String vip;
    private final String client;
    private final String closed;

    private AnswerFixtures(FixtureNet net) {
        this.net = net;
        host = net.host();
        vip = net.vipHost();
        client = net.client();
        closed = net.at(vip, 81);
    }

    static Stream<PacketFixture> all() {
        var v4 = new AnswerFixtures(FixtureNet.V4);
        var v6 = new AnswerFixtures(FixtureNet.V6);
        return Stream.of(arp(), v4.both(), v4.onlyV4(), v6.both(), v6.onlyV6()).flatMap(List::stream);
    }

    private List<PacketFixture> both() {
        return Stream.of(echo(), resets(), unreachable(), timeExceeded()).flatMap(List::stream).toList();
    }

    private static List<PacketFixture> arp() {
        String request = "ffffffffffff 020000000001 0806 0001080006040001 020000000001 c6336407 000000000000 ";
        String reply = "020000000001 020000000002 0806 0001080006040002 020000000002 c000020a 020000000001 ";
        String probe = "ffffffffffff 020000000001 0806 0001080006040001 020000000001 00000000 000000000000 c000020a";
        return List.of(
                answered("who has the VIP: the director", hex(request + "c000020a"), hex(reply + "c6336407")),
                answered("padding of the request is not answered", hex(request + "c000020a" + "00".repeat(18)), hex(reply + "c6336407")),
                answered("a probe for the VIP is answered, to 0.0.0.0", hex(probe), hex(reply + "00000000")),
                dropped("who has another address: not us", Counter.DROP_CLOSED, hex(request + "c000020b")),
                dropped("a reply is not answered", Counter.DROP_UNSUPPORTED, with(hex(request + "c000020a"), 21, 2)),
                dropped(
                        "another's announcement of the VIP is not answered",
                        Counter.DROP_UNSUPPORTED,
                        hex("ffffffffffff 020000000001 0806 0001080006040001 020000000001 c000020a 000000000000 c000020a")),
                dropped(
                        "a request from a multicast MAC is not answered",
                        Counter.DROP_UNSUPPORTED,
                        with(hex(request + "c000020a"), 22, 3)),
                dropped("ARP of hardware type 6 is malformed", Counter.DROP_MALFORMED, with(hex(request + "c000020a"), 15, 6)));
    }

    private List<PacketFixture> echo() {
        return List.of(
                echo("an echo request without data", new byte[0]),
                echo("an echo request with an odd number of bytes", bytes(1, 2, 3)),
                echo("an echo request of usual size", new byte[56]),
                echo("an echo request of 64 KB", new byte[65_507]),
                answer(
                        "a padded echo request is answered without the padding",
                        echoRequest().padding(18).build(),
                        echoReply().build()),
                noEcho("an echo reply is not answered", icmp(host, vip, reply(), 0, 1).build()),
                noEcho("an echo request of code 1 is not answered", icmp(host, vip, request(), 1, 1).build()),
                noEcho("a damaged echo request is not answered", damaged(icmp(host, vip, request(), 0, 1, bytes(5)).build())),
                noEcho("a broadcast MAC is not answered", echoRequest().macs(EthernetView.BROADCAST, CLIENT_MAC).build()),
                noEcho("a multicast MAC is not answered", echoRequest().macs(0x01_00_5e_00_00_01L, CLIENT_MAC).build()),
                noEcho("the VIP itself is not answered", icmp(vip, vip, request(), 0, 1).build()),
                drop("ICMP of 7 bytes is malformed", Counter.DROP_MALFORMED, FrameBuilder.ip(net.isV6() ? 58 : 1, host, vip, new byte[7]).build()));
    }

    private List<PacketFixture> onlyV4() {
        return List.of(
                answer(
                        "IP options of an echo request come back as no-operations",
                        echoRequest().ipOptions(7, 7, 4, 0, 0, 0, 0, 0).build(),
                        echoReply().ipOptions(1, 1, 1, 1, 1, 1, 1, 1).build()),
                answer(
                        "an echo reply that is all zero has the checksum ffff (found by fuzzing)",
                        icmp(host, vip, 8, 0, 0).build(),
                        icmp(vip, host, 0, 0, 0).macs(CLIENT_MAC, DIRECTOR_MAC).build()),
                answer(
                        "an echo request with the checksum 0",
                        icmp(host, vip, 8, 0, 0xf7ff0000).build(),
                        icmp(vip, host, 0, 0, 0xf7ff0000).macs(CLIENT_MAC, DIRECTOR_MAC).build()),
                noEcho("a damaged IP header is not answered", with(echoRequest().build(), 22, 62)),
                noEcho("source 0.0.0.0 is not answered", icmp("0.0.0.0", vip, 8, 0, 1).build()),
                noEcho("a loopback source is not answered", icmp("127.0.0.1", vip, 8, 0, 1).build()),
                noEcho("a multicast source is not answered", icmp("224.0.0.1", vip, 8, 0, 1).build()),
                noEcho("a broadcast source is not answered", icmp("255.255.255.255", vip, 8, 0, 1).build()),
                noEcho("ICMPv6 over IPv4 is not answered", FrameBuilder.ip(58, host, vip, bytes(128, 0, 0, 0, 0, 0, 0, 0)).build()),
                drop("an echo request in fragments is for Java", Counter.DROP_FRAGMENT, echoRequest().fragment(0x2000).build()),
                drop("a fragment is not answered either", Counter.DROP_FRAGMENT, udp(client, closed).fragment(0x2000).build()),
                drop("a middle fragment has no ports", Counter.DROP_FRAGMENT, udp(client, closed).fragment(0x2010).build()),
                drop("nor has the last", Counter.DROP_FRAGMENT, udp(client, closed).fragment(0x0020).build()),
                drop("neither IP nor ARP", Counter.DROP_UNSUPPORTED, with(udp(client, closed).build(), 12, 0x88)));
    }

    private List<PacketFixture> onlyV6() {
        byte[] unchecked = udp(client, closed, bytes(1)).noChecksum().build();
        return List.of(
                answer(
                        "extension headers of an echo request do not come back",
                        echoRequest().extension(0, 0, 5, 2, 0, 0, 1, 0).extension(60, 0, 1, 4, 0, 0, 0, 0).build(),
                        echoReply().build()),
                answer(
                        "an echo request from a link-local address is answered",
                        icmp("fe80::1", vip, 128, 0, 7).build(),
                        icmp(vip, "fe80::1", 129, 0, 7).macs(CLIENT_MAC, DIRECTOR_MAC).build()),
                noEcho("source :: is not answered", icmp("::", vip, 128, 0, 1).build()),
                noEcho("a loopback source is not answered", icmp("::1", vip, 128, 0, 1).build()),
                noEcho("a multicast source is not answered", icmp("ff02::1", vip, 128, 0, 1).build()),
                noEcho("ICMP of IPv4 is not answered", FrameBuilder.ip(1, host, vip, bytes(8, 0, 0xf7, 0xff, 0, 0, 0, 0)).build()),
                drop("a datagram without checksum is damaged and not answered", Counter.DROP_UNSUPPORTED, unchecked),
                drop("the first of several fragments is not answered", Counter.DROP_FRAGMENT, udp(client, closed).fragmentHeader(0, true, 9).build()),
                drop("a middle fragment has no ports", Counter.DROP_FRAGMENT, udp(client, closed).fragmentHeader(64, true, 9).build()),
                drop("nor has the last", Counter.DROP_FRAGMENT, udp(client, closed).fragmentHeader(64, false, 9).build()),
                drop(
                        "what follows the header of a later fragment is data",
                        Counter.DROP_FRAGMENT,
                        udp(client, closed, bytes(0xff, 0xff)).fragmentHeader(64, true, 9).transportType(60).build()));
    }

    private List<PacketFixture> resets() {
        byte[] broken = damaged(tcp(client, closed, TcpView.SYN).build());
        return List.of(
                resets("a SYN is reset with its number acknowledged", closed(TcpView.SYN), rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                resets("a segment with ACK is reset with that number", closed(TcpView.ACK), rst(TcpView.RST, 2000, 0)),
                resets("data without ACK counts", closed(0, 1, 2, 3), rst(TcpView.RST | TcpView.ACK, 0, 1003)),
                resets("SYN, FIN and data count", closed(TcpView.SYN | TcpView.FIN, 1), rst(TcpView.RST | TcpView.ACK, 0, 1003)),
                resets("a FIN counts", closed(TcpView.FIN), rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                resets("no flag at all", closed(0), rst(TcpView.RST | TcpView.ACK, 0, 1000)),
                resets(
                        "options do not count as data",
                        tcp(client, closed, TcpView.SYN).tcpOptions(2, 4, 5, 0xb4).build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                resets(
                        "the sequence number wraps",
                        tcp(client, closed, TcpView.SYN, -1, 0).build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 0)),
                resets(
                        "a partial checksum is no damage",
                        tcp(client, closed, TcpView.SYN).partial().build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 1001)).withPartial(),
                drop("a RST is not answered", Counter.DROP_NO_ENTRY, closed(TcpView.RST)),
                drop("a RST with ACK is not answered", Counter.DROP_NO_ENTRY, closed(TcpView.RST | TcpView.ACK)),
                drop("a damaged segment is not answered", Counter.DROP_NO_ENTRY, broken),
                drop(
                        "a segment to a broadcast MAC is not answered",
                        Counter.DROP_NO_ENTRY,
                        tcp(client, closed, TcpView.SYN).macs(EthernetView.BROADCAST, CLIENT_MAC).build()));
    }

    private List<PacketFixture> unreachable() {
        byte[] longest = udp(client, closed, new byte[1472]).build();
        byte[] small = udp(client, closed, bytes(1, 2, 3)).padding(15).build();
        int most = 14 + (net.isV6() ? 1280 - 48 : 576 - 28);
        var both = Stream.of(
                answer("a datagram without service is unreachable", small, unreachable(Arrays.copyOf(small, small.length - 15))),
                answer("a long datagram is quoted as far as every host takes", longest, unreachable(Arrays.copyOf(longest, most))),
                drop("a damaged datagram is not answered", Counter.DROP_UNSUPPORTED, damaged(udp(client, closed, bytes(1)).build())),
                drop("IP of another protocol", Counter.DROP_UNSUPPORTED, FrameBuilder.ip(47, host, vip).build()));
        byte[] unchecked = udp(client, closed, bytes(1)).noChecksum().build();
        return net.isV6() ? both.toList() : Stream.concat(both, Stream.of(answer("without a checksum as well", unchecked, unreachable(unchecked)))).toList();
    }

    private List<PacketFixture> timeExceeded() {
        byte[] last = tcp(client, net.vip(), TcpView.ACK, bytes(1)).ttl(1).build();
        byte[] none = udp(client, net.vip(), bytes(1)).ttl(0).build();
        byte[] damaged = damaged(last.clone());
        return List.of(
                drop("a TTL of 1 ends here, and the sender hears of it", Counter.DROP_TTL, last)
                        .withFlow(net.in(Protocol.TCP))
                        .withOut(exceeded(last)),
                drop("a TTL of 0 as well", Counter.DROP_TTL, none).withFlow(net.in(Protocol.UDP)).withOut(exceeded(none)),
                drop("a damaged packet ends without a word", Counter.DROP_TTL, damaged).withFlow(net.in(Protocol.TCP)));
    }

    private PacketFixture echo(String sentence, byte[] data) {
        return answer(
                sentence + " is answered",
                icmp(host, vip, request(), 0, 0x00010002, data).ttl(3).build(),
                icmp(vip, host, reply(), 0, 0x00010002, data).macs(CLIENT_MAC, DIRECTOR_MAC).build());
    }

    private FrameBuilder echoRequest() {
        return icmp(host, vip, request(), 0, 0x00010002);
    }

    private FrameBuilder echoReply() {
        return icmp(vip, host, reply(), 0, 0x00010002).macs(CLIENT_MAC, DIRECTOR_MAC);
    }

    private int request() {
        return net.isV6() ? 128 : 8;
    }

    private int reply() {
        return net.isV6() ? 129 : 0;
    }

    private PacketFixture answer(String sentence, byte[] in, byte[] out) {
        return answered(sentence + net.name(), in, out);
    }

    private PacketFixture resets(String sentence, byte[] in, byte[] out) {
        return reset(sentence + net.name(), in, out);
    }

    private PacketFixture drop(String sentence, Counter why, byte[] in) {
        return dropped(sentence + net.name(), why, in);
    }

    private PacketFixture noEcho(String sentence, byte[] in) {
        return drop(sentence, Counter.DROP_UNSUPPORTED, in);
    }

    private byte[] closed(int flags, int... data) {
        return tcp(client, closed, flags, bytes(data)).build();
    }

    private byte[] rst(int flags, int sequence, int ack) {
        return ours(tcp(closed, client, flags, sequence, ack)).window(0).build();
    }

    private byte[] unreachable(byte[] offending) {
        return net.isV6() ? error(1, 4, offending) : error(3, 3, offending);
    }

    private byte[] exceeded(byte[] offending) {
        return net.isV6() ? error(3, 0, offending) : error(11, 0, offending);
    }

    private byte[] error(int type, int code, byte[] offending) {
        byte[] quoted = Arrays.copyOfRange(offending, 14, offending.length);
        return ours(icmp(vip, host, type, code, 0, quoted)).service(net.isV6() ? 0 : 0xc0).build();
    }

    private static FrameBuilder ours(FrameBuilder frame) {
        return frame.macs(CLIENT_MAC, DIRECTOR_MAC).identification(0).flowLabel(0);
    }

    /// A bit of the last byte is another.
    private static byte[] damaged(byte[] frame) {
        frame[frame.length - 1] ^= 2;
        return frame;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] with(byte[] frame, int... offsetsAndValues) {
        byte[] copy = frame.clone();
        for (int i = 0; i < offsetsAndValues.length; i += 2) {
            copy[offsetsAndValues[i]] = (byte) offsetsAndValues[i + 1];
        }
        return copy;
    }
}
