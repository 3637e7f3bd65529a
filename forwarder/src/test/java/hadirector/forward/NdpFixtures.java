package hadirector.forward;

import static hadirector.forward.PacketFixture.answered;
import static hadirector.forward.PacketFixture.dropped;
import static hadirector.packet.FrameBuilder.CLIENT_MAC;
import static hadirector.packet.FrameBuilder.DIRECTOR_MAC;

import hadirector.engine.Counter;
import hadirector.model.IpAddress;
import hadirector.packet.FrameBuilder;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/// Neighbour discovery for the director's addresses.
final class NdpFixtures {
    private static final String VIP = PacketFixture.VIP6;
    private static final String VIP_GROUP = "ff02::1:ff00:10";
    private static final String GATEWAY = PacketFixture.GATEWAY6;
    private static final String HOST = "2001:db8::7";
    private static final long VIP_GROUP_MAC = 0x33_33_ff_00_00_10L;
    private static final long ALL_NODES_MAC = 0x33_33_00_00_00_01L;
    private static final int SOLICITATION = 135;
    private static final int SOLICITED_OVERRIDE = 0x6000_0000;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int ROUTER = 0x8000_0000;
    private static final int SOURCE_MAC = 1;
    private static final int TARGET_MAC = 2;

    private NdpFixtures() {}

    static Stream<PacketFixture> all() {
        return Stream.concat(answers(), silences());
    }

    private static Stream<PacketFixture> answers() {
        byte[] withMac = option(SOURCE_MAC, CLIENT_MAC);
        return Stream.of(
                answered("who has the VIP (IPv6): the director", asks(HOST, VIP, withMac).build(), ours(VIP, HOST)),
                answered("who has the VIP (IPv6), without a MAC option: the frame's source is told", asks(HOST, VIP).build(), ours(VIP, HOST)),
                answered("an unknown option is passed over", asks(HOST, VIP, option(14, 0), withMac).build(), ours(VIP, HOST)),
                answered(
                        "the option's MAC counts, not the frame's",
                        asks(HOST, VIP, option(SOURCE_MAC, CLIENT_MAC + 8)).build(),
                        advertises(VIP, HOST, SOLICITED_OVERRIDE).macs(CLIENT_MAC + 8, DIRECTOR_MAC).build()),
                answered(
                        "whether the VIP (IPv6) is still there, asked by unicast",
                        asks(HOST, VIP, withMac).to("[" + VIP + "]:0").macs(DIRECTOR_MAC, CLIENT_MAC).build(),
                        ours(VIP, HOST)),
                answered("a link-local neighbour asks for the VIP", asks("fe80::7", VIP, withMac).build(), ours(VIP, "fe80::7")),
                answered(
                        "who has the gateway (IPv6): the director, a router",
                        asks(HOST, GATEWAY, withMac).build(),
                        advertises(GATEWAY, HOST, ROUTER | SOLICITED_OVERRIDE).build()),
                answered(
                        "a probe for the VIP (IPv6) is answered to all nodes",
                        asks("::", VIP).build(),
                        advertises(VIP, "ff02::1", OVERRIDE).macs(ALL_NODES_MAC, DIRECTOR_MAC).build()));
    }

    private static Stream<PacketFixture> silences() {
        byte[] withMac = option(SOURCE_MAC, CLIENT_MAC);
        var asks = asks(HOST, VIP, withMac);
        byte[] wrong = asks.build();
        wrong[60] ^= 1;
        return Stream.of(
                dropped("who has another address (IPv6): not us", Counter.DROP_CLOSED, asks(HOST, "2001:db8::11", withMac).build()),
                silent("an advertisement of the VIP is not answered", ndp(136, HOST, VIP_GROUP, VIP, 0, option(TARGET_MAC, CLIENT_MAC))),
                silent("a solicitation of our own is not answered", asks(HOST, VIP, withMac).macs(VIP_GROUP_MAC, DIRECTOR_MAC)),
                silent("a solicitation from the VIP itself is not answered", asks(VIP, VIP, withMac)),
                silent("a solicitation from a multicast address is not answered", asks("ff02::7", VIP, withMac)),
                silent("a solicitation with a multicast MAC is not answered", asks(HOST, VIP, option(SOURCE_MAC, VIP_GROUP_MAC))),
                silent("a solicitation that came by a router is not answered", asks(HOST, VIP, withMac).ttl(254)),
                dropped("a damaged solicitation is not answered", Counter.DROP_UNSUPPORTED, wrong),
                silent("a solicitation of code 1 is not answered", code1()),
                silent("a probe with a MAC option is not answered", asks("::", VIP, withMac)),
                silent("a probe that is not sent to the group is not answered", asks("::", VIP).to("[" + VIP + "]:0")),
                silent("an option of length 0 is not walked for ever", asks(HOST, VIP, new byte[8])),
                silent("an option beyond the end is not answered", asks(HOST, VIP, new byte[] {1, 2, 0, 0, 0, 0, 0, 0})),
                silent("half an option is not answered", asks(HOST, VIP, new byte[] {1, 1, 0, 0})),
                silent("a multicast target is not answered", asks(HOST, VIP_GROUP, withMac)),
                silent("a solicitation cut short is not answered", FrameBuilder.icmp(HOST, VIP_GROUP, SOLICITATION, 0, 0, new byte[15]).ttl(255)));
    }

    private static FrameBuilder code1() {
        return FrameBuilder.icmp(HOST, VIP_GROUP, SOLICITATION, 1, 0, target(VIP)).ttl(255);
    }

    private static PacketFixture silent(String sentence, FrameBuilder frame) {
        return dropped(sentence, Counter.DROP_UNSUPPORTED, frame.build());
    }

    private static FrameBuilder asks(String from, String target, byte[]... options) {
        return ndp(SOLICITATION, from, VIP_GROUP, target, 0, options).macs(VIP_GROUP_MAC, CLIENT_MAC);
    }

    private static byte[] ours(String target, String to) {
        return advertises(target, to, SOLICITED_OVERRIDE).build();
    }

    private static FrameBuilder advertises(String target, String to, int flags) {
        return ndp(136, target, to, target, flags, option(TARGET_MAC, DIRECTOR_MAC)).macs(CLIENT_MAC, DIRECTOR_MAC).flowLabel(0);
    }

    private static FrameBuilder ndp(int type, String from, String to, String target, int flags, byte[]... options) {
        var data = ByteBuffer.allocate(16 + Stream.of(options).mapToInt(option -> option.length).sum());
        data.put(target(target));
        Stream.of(options).forEach(data::put);
        return FrameBuilder.icmp(from, to, type, 0, flags, data.array()).ttl(255);
    }

    private static byte[] target(String address) {
        var target = IpAddress.of(address);
        return ByteBuffer.allocate(16).putLong(target.high()).putLong(target.low()).array();
    }

    private static byte[] option(int type, long mac) {
        return ByteBuffer.allocate(8).put((byte) type).put((byte) 1).putShort((short) (mac >> 32)).putInt((int) mac).array();
    }
}
