package hadirector.afpacket;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Frames as tests write them: Ethernet from 02:00:00:00:00:01, IPv4 or ARP. Checksums of IPv4 are right, others zero.
public final class Frame {
    private static final String BROADCAST = "ffffffffffff";
    private static final String SENDER = "020000000001";

    private Frame() {}

    /// A 48-bit MAC as 12 hex digits, from `02:00:...`.
    public static String mac(String withColons) {
        return withColons.replace(":", "");
    }

    public static byte[] arpRequest(String senderIp, String targetIp) {
        return arp(BROADCAST, 1, senderIp, targetIp);
    }

    public static byte[] arp(String targetMac, int operation, String senderIp, String targetIp) {
        return hex(targetMac + SENDER + "0806" + "000108000604" + "%04x".formatted(operation) + SENDER + ip(senderIp)
                + "000000000000" + ip(targetIp));
    }

    public static byte[] udp(String targetMac, String source, int sourcePort, String target, int targetPort) {
        return ipv4(targetMac, "", 17, 0, source, target, ports(sourcePort, targetPort) + "000a0000" + "6869");
    }

    /// @param options of the IPv4 header, hex, in multiples of 4 bytes
    /// @param fragment the word of flags and fragment offset
    /// @param payload behind the IPv4 header, hex
    public static byte[] ipv4(
            String targetMac, String options, int protocol, int fragment, String source, String target, String payload) {
        int header = 20 + options.length() / 2;
        var packet = ByteBuffer.wrap(
                hex("%02x00%04x0001%04x40%02x0000".formatted(
                                0x40 | header / 4, header + payload.length() / 2, fragment, protocol)
                        + ip(source) + ip(target) + options + payload));
        packet.putShort(10, checksum(packet, header));
        return hex(targetMac + SENDER + "0800" + HexFormat.of().formatHex(packet.array()));
    }

    public static String ports(int source, int target) {
        return "%04x%04x".formatted(source, target);
    }

    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static String ip(String address) {
        return "%08x".formatted(hadirector.model.IpAddress.of(address).v4());
    }

    private static short checksum(ByteBuffer packet, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += Short.toUnsignedInt(packet.getShort(i));
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((sum & 0xffff) + (sum >>> 16));
    }
}
