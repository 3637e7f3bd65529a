package hadirector.forward;

import static hadirector.forward.ForwardFixtures.CLIENT;
import static hadirector.forward.ForwardFixtures.TCP_IN;
import static hadirector.forward.ForwardFixtures.UDP_IN;
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
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.TcpView;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Packets that the director answers itself, or must not.
final class AnswerFixtures {
    private static final String HOST = "198.51.100.7";
    private static final String VIP = PacketFixture.VIP;
    private static final String CLOSED = VIP + ":81";

    private AnswerFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.of(arp(), echo(), resets(), unreachable(), timeExceeded()).flatMap(List::stream);
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

    private static List<PacketFixture> echo() {
        return List.of(
                echo("an echo request without data", new byte[0]),
                echo("an echo request with an odd number of bytes", bytes(1, 2, 3)),
                echo("an echo request of usual size", new byte[56]),
                echo("an echo request of 64 KB", new byte[65_507]),
                answered(
                        "a padded echo request is answered without the padding",
                        icmp(HOST, VIP, 8, 0, 0x00010002).padding(18).build(),
                        echoReply().build()),
                answered(
                        "IP options of an echo request come back as no-operations",
                        icmp(HOST, VIP, 8, 0, 0x00010002).ipOptions(7, 7, 4, 0, 0, 0, 0, 0).build(),
                        echoReply().ipOptions(1, 1, 1, 1, 1, 1, 1, 1).build()),
                answered(
                        "an echo reply that is all zero has the checksum ffff (found by fuzzing)",
                        icmp(HOST, VIP, 8, 0, 0).build(),
                        icmp(VIP, HOST, 0, 0, 0).macs(CLIENT_MAC, DIRECTOR_MAC).build()),
                answered(
                        "an echo request with the checksum 0",
                        icmp(HOST, VIP, 8, 0, 0xf7ff0000).build(),
                        icmp(VIP, HOST, 0, 0, 0xf7ff0000).macs(CLIENT_MAC, DIRECTOR_MAC).build()),
                noEcho("an echo reply is not answered", icmp(HOST, VIP, 0, 0, 1).build()),
                noEcho("an echo request of code 1 is not answered", icmp(HOST, VIP, 8, 1, 1).build()),
                noEcho("a damaged echo request is not answered", with(icmp(HOST, VIP, 8, 0, 1, bytes(5)).build(), 42, 6)),
                noEcho("a damaged IP header is not answered", with(icmp(HOST, VIP, 8, 0, 1).build(), 22, 63)),
                noEcho("a broadcast MAC is not answered", icmp(HOST, VIP, 8, 0, 1).macs(EthernetView.BROADCAST, CLIENT_MAC).build()),
                noEcho("a multicast MAC is not answered", icmp(HOST, VIP, 8, 0, 1).macs(0x01_00_5e_00_00_01L, CLIENT_MAC).build()),
                noEcho("source 0.0.0.0 is not answered", icmp("0.0.0.0", VIP, 8, 0, 1).build()),
                noEcho("a loopback source is not answered", icmp("127.0.0.1", VIP, 8, 0, 1).build()),
                noEcho("a multicast source is not answered", icmp("224.0.0.1", VIP, 8, 0, 1).build()),
                noEcho("a broadcast source is not answered", icmp("255.255.255.255", VIP, 8, 0, 1).build()),
                noEcho("the VIP itself is not answered", icmp(VIP, VIP, 8, 0, 1).build()),
                dropped("a fragment is not answered", Counter.DROP_FRAGMENT, icmp(HOST, VIP, 8, 0, 1).fragment(0x2000).build()),
                dropped("ICMP of 7 bytes is malformed", Counter.DROP_MALFORMED, FrameBuilder.ip(1, HOST, VIP, new byte[7]).build()));
    }

    private static List<PacketFixture> resets() {
        byte[] broken = with(tcp(CLIENT, CLOSED, TcpView.SYN).build(), 45, 1);
        return List.of(
                reset("a SYN is reset with its number acknowledged", closed(TcpView.SYN), rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                reset("a segment with ACK is reset with that number", closed(TcpView.ACK), rst(TcpView.RST, 2000, 0)),
                reset("data without ACK counts", closed(0, 1, 2, 3), rst(TcpView.RST | TcpView.ACK, 0, 1003)),
                reset("SYN, FIN and data count", closed(TcpView.SYN | TcpView.FIN, 1), rst(TcpView.RST | TcpView.ACK, 0, 1003)),
                reset("a FIN counts", closed(TcpView.FIN), rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                reset("no flag at all", closed(0), rst(TcpView.RST | TcpView.ACK, 0, 1000)),
                reset(
                        "options do not count as data",
                        tcp(CLIENT, CLOSED, TcpView.SYN).tcpOptions(2, 4, 5, 0xb4).ipOptions(1, 1, 1, 1).build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 1001)),
                reset(
                        "the sequence number wraps",
                        tcp(CLIENT, CLOSED, TcpView.SYN, -1, 0).build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 0)),
                reset(
                        "a partial checksum is no damage",
                        tcp(CLIENT, CLOSED, TcpView.SYN).partial().build(),
                        rst(TcpView.RST | TcpView.ACK, 0, 1001)).withPartial(),
                dropped("a RST is not answered", Counter.DROP_NO_ENTRY, closed(TcpView.RST)),
                dropped("a RST with ACK is not answered", Counter.DROP_NO_ENTRY, closed(TcpView.RST | TcpView.ACK)),
                dropped("a damaged segment is not answered", Counter.DROP_NO_ENTRY, broken),
                dropped(
                        "a segment to a broadcast MAC is not answered",
                        Counter.DROP_NO_ENTRY,
                        tcp(CLIENT, CLOSED, TcpView.SYN).macs(EthernetView.BROADCAST, CLIENT_MAC).build()));
    }

    private static List<PacketFixture> unreachable() {
        byte[] longest = udp(CLIENT, CLOSED, new byte[1472]).build();
        byte[] unchecked = udp(CLIENT, CLOSED, bytes(1)).noChecksum().build();
        byte[] small = udp(CLIENT, CLOSED, bytes(1, 2, 3)).padding(15).build();
        return List.of(
                answered("a datagram without service is unreachable", small, error(3, 3, Arrays.copyOf(small, 45))),
                answered("without a checksum as well", unchecked, error(3, 3, unchecked)),
                answered("a long datagram is quoted up to 576 bytes in all", longest, error(3, 3, Arrays.copyOf(longest, 562))),
                dropped("a damaged datagram is not answered", Counter.DROP_UNSUPPORTED, with(small, 43, 9)),
                dropped("a fragment is not answered either", Counter.DROP_FRAGMENT, udp(CLIENT, CLOSED).fragment(0x2000).build()),
                dropped("a middle fragment has no ports", Counter.DROP_FRAGMENT, udp(CLIENT, CLOSED).fragment(0x2010).build()),
                dropped("nor has the last", Counter.DROP_FRAGMENT, udp(CLIENT, CLOSED).fragment(0x0020).build()),
                dropped("IPv4 of another protocol", Counter.DROP_UNSUPPORTED, FrameBuilder.ip(47, HOST, VIP).build()),
                dropped("neither IPv4 nor ARP", Counter.DROP_UNSUPPORTED, with(udp(CLIENT, CLOSED).build(), 12, 0x86)));
    }

    private static List<PacketFixture> timeExceeded() {
        byte[] last = tcp(CLIENT, ForwardFixtures.VIP, TcpView.ACK, bytes(1)).ttl(1).build();
        byte[] none = udp(CLIENT, ForwardFixtures.VIP, bytes(1)).ttl(0).build();
        byte[] damaged = with(last, 54, 2);
        return List.of(
                dropped("a TTL of 1 ends here, and the sender hears of it", Counter.DROP_TTL, last)
                        .withFlow(TCP_IN)
                        .withOut(error(11, 0, last)),
                dropped("a TTL of 0 as well", Counter.DROP_TTL, none).withFlow(UDP_IN).withOut(error(11, 0, none)),
                dropped("a damaged packet ends without a word", Counter.DROP_TTL, damaged).withFlow(TCP_IN));
    }

    private static PacketFixture echo(String sentence, byte[] data) {
        return answered(
                sentence + " is answered",
                icmp(HOST, VIP, 8, 0, 0x00010002, data).ttl(3).build(),
                icmp(VIP, HOST, 0, 0, 0x00010002, data).macs(CLIENT_MAC, DIRECTOR_MAC).build());
    }

    private static FrameBuilder echoReply() {
        return icmp(VIP, HOST, 0, 0, 0x00010002).macs(CLIENT_MAC, DIRECTOR_MAC);
    }

    private static PacketFixture noEcho(String sentence, byte[] in) {
        return dropped(sentence, Counter.DROP_UNSUPPORTED, in);
    }

    private static byte[] closed(int flags, int... data) {
        return tcp(CLIENT, CLOSED, flags, bytes(data)).build();
    }

    private static byte[] rst(int flags, int sequence, int ack) {
        return ours(tcp(CLOSED, CLIENT, flags, sequence, ack)).window(0).build();
    }

    private static byte[] error(int type, int code, byte[] offending) {
        byte[] quoted = Arrays.copyOfRange(offending, 14, offending.length);
        return ours(icmp(VIP, HOST, type, code, 0, quoted)).service(0xc0).build();
    }

    private static FrameBuilder ours(FrameBuilder frame) {
        return frame.macs(CLIENT_MAC, DIRECTOR_MAC).identification(0);
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
