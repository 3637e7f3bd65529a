package hadirector.forward;

import hadirector.packet.ArpView;
import hadirector.packet.EthernetView;
import java.lang.foreign.MemorySegment;

/// ARP for the addresses that a director holds (RFC 826, RFC 5227). `at` of an incoming packet is that of its ARP part, which
/// [ArpView#isAt] has accepted; the makers write a whole frame and return its length, or 0 for "no answer".
public final class ArpAnswers {
    /// Length of every frame made here; the driver pads it.
    public static final int LENGTH = EthernetView.LENGTH + ArpView.LENGTH;

    private ArpAnswers() {}

    /// The reply to a request for an address of ours, its target. No answer to a reply, to an announcement (sender = target: see
    /// [#isConflict]) or to a sender that is a group of stations. `to` may be the frame itself.
    public static int reply(MemorySegment frame, long at, long mac, MemorySegment to, long toAt) {
        var request = new ArpView(frame, at);
        int asked = request.target();
        boolean answerable = request.operation() == ArpView.REQUEST
                && request.sender() != asked
                && request.senderMac() != mac
                && EthernetView.isUnicast(request.senderMac());
        return answerable
                ? write(to, toAt, ArpView.REPLY, mac, asked, request.senderMac(), request.senderMac(), request.sender())
                : 0;
    }

    /// Asks for the MAC of `target`. A `sender` of 0.0.0.0 makes it a probe: is the address taken? (RFC 5227 2.1.1)
    public static int request(int sender, long mac, int target, MemorySegment to, long toAt) {
        return write(to, toAt, ArpView.REQUEST, mac, sender, EthernetView.BROADCAST, 0, target);
    }

    /// A gratuitous ARP in the form of a request: `address` is at `mac` from now on (RFC 5227 2.3).
    public static int announcement(int address, long mac, MemorySegment to, long toAt) {
        return request(address, mac, address, to, toAt);
    }

    /// The same in the form of a reply (RFC 5944 4.6), for neighbours that heed only that.
    public static int announcementAsReply(int address, long mac, MemorySegment to, long toAt) {
        return write(to, toAt, ArpView.REPLY, mac, address, EthernetView.BROADCAST, mac, address);
    }

    /// Whether another station says that it has `address` (RFC 5227 2.4).
    public static boolean isConflict(MemorySegment frame, long at, int address, long mac) {
        var arp = new ArpView(frame, at);
        return arp.sender() == address && arp.senderMac() != mac;
    }

    private static int write(
            MemorySegment to, long at, int operation, long mac, int sender, long nextHop, long targetMac, int target) {
        EthernetView.write(to, at, nextHop, mac, EthernetView.TYPE_ARP);
        ArpView.write(to, at + EthernetView.LENGTH, operation, mac, sender, targetMac, target);
        return LENGTH;
    }
}
