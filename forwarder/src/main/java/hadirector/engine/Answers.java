package hadirector.engine;

import hadirector.forward.ArpAnswers;
import hadirector.forward.IcmpAnswers;
import hadirector.forward.TcpAnswers;
import hadirector.packet.Icmp4View;

/// What the director itself answers to the frame at hand: ARP, echo, resets, unreachables. Owner thread.
final class Answers {
    private final Inbound in;
    private final ServiceTable services;
    private final Counters counters;

    Answers(Inbound in, ServiceTable services, Counters counters) {
        this.in = in;
        this.services = services;
        this.counters = counters;
    }

    void arp() {
        var floating = services.addresses().find(in.parsed.destinationHigh(), in.parsed.destinationLow());
        boolean ours = floating != null
                && floating.group().open
                && floating.vip().interfaceName().equals(in.port.name());
        if (!ours) {
            counters.add(Counter.DROP_CLOSED);
            return;
        }
        if (ArpAnswers.isConflict(in.frame, in.parsed.l3(), in.parsed.destination(), in.arm.mac)) {
            counters.add(Counter.ARP_CONFLICTS);
        }
        int made = in.port.make();
        if (made >= 0) {
            send(made, ArpAnswers.reply(in.frame, in.parsed.l3(), in.arm.mac, in.frame, in.port.frame(made)));
        }
    }

    void icmp() {
        if (!services.isHeld(in.parsed.destinationHigh(), in.parsed.destinationLow())) {
            counters.add(Counter.DROP_CLOSED);
        } else if (new Icmp4View(in.frame, in.parsed.l4()).type() != Icmp4View.ECHO) {
            counters.add(Counter.DROP_UNSUPPORTED);
        } else if (IcmpAnswers.echoReply(in.frame, in.parsed) == 0) {
            counters.add(Counter.DROP_MALFORMED);
        } else {
            counters.add(Counter.FRAMES_ANSWERED);
            in.port.send(in.port, in.index);
        }
    }

    /// "Nothing here": a reset for TCP, port unreachable for UDP.
    void refuse() {
        int made = in.port.make();
        if (made < 0) {
            return;
        }
        long to = in.port.frame(made);
        if (in.isTcp()) {
            counters.add(Counter.RESETS_SENT);
            send(made, TcpAnswers.reset(in.frame, in.parsed, in.partial, in.frame, to));
        } else {
            send(made, IcmpAnswers.portUnreachable(in.frame, in.parsed, in.partial, in.frame, to));
        }
    }

    /// Sends a frame that was made into the slot; a length of 0 is "no answer".
    private void send(int made, int length) {
        if (length > 0) {
            in.port.length(made, length);
            in.port.send(in.port, made);
            counters.add(Counter.FRAMES_ANSWERED);
        }
    }
}
