package hadirector.engine;

import hadirector.forward.ArpAnswers;
import hadirector.forward.IcmpAnswers;
import hadirector.forward.NdpAnswers;
import hadirector.forward.TcpAnswers;
import hadirector.packet.NdpView;
import org.jspecify.annotations.Nullable;

/// What the director itself answers to the frame at hand: ARP and neighbour discovery, echo, resets; errors by [ErrorAnswers]. Owner thread.
final class Answers {
    private final Inbound in;
    private final ServiceTable services;
    private final Counters counters;
    private final ErrorAnswers errors;
    private final Announcer announcer;
    private final Probes probes;

    Answers(
            Inbound in,
            ServiceTable services,
            Counters counters,
            ErrorAnswers errors,
            Announcer announcer,
            Probes probes) {
        this.errors = errors;
        this.announcer = announcer;
        this.probes = probes;
        this.in = in;
        this.services = services;
        this.counters = counters;
    }

    void arp() {
        probes.heardArp(in);
        var floating = held(in.parsed.destinationHigh(), in.parsed.destinationLow());
        if (floating == null) {
            notHeld();
            return;
        }
        if (ArpAnswers.isConflict(in.frame, in.parsed.l3(), in.parsed.destination(), in.arm.mac)) {
            conflict(floating);
        }
        int made = in.port.make();
        if (made >= 0) {
            send(made, ArpAnswers.reply(in.frame, in.parsed.l3(), in.arm.mac, in.frame, in.port.frame(made)));
        }
    }

    /// The address that somebody asks for on this interface, if it is one that we answer for here.
    private FloatingAddresses.@Nullable Floating held(long high, long low) {
        var floating = services.addresses().find(high, low);
        boolean ours = floating != null
                && floating.group().answers()
                && floating.vip().interfaceName().equals(in.port.name());
        return ours ? floating : null;
    }

    /// While we ask for addresses we hear what is not for us.
    private void notHeld() {
        counters.add(probes.areOpen() ? Counter.FRAMES_FOREIGN : Counter.DROP_CLOSED);
    }

    private void ndp() {
        probes.heardNdp(in);
        var said = NdpView.of(in.frame, in.parsed);
        var floating = held(said.targetHigh(), said.targetLow());
        if (floating == null) {
            notHeld();
            return;
        }
        var address = floating.address();
        if (NdpAnswers.isConflict(in.frame, in.parsed, address.high(), address.low(), in.arm.mac)) {
            conflict(floating);
        }
        int made = in.port.make();
        if (made >= 0) {
            long to = in.port.frame(made);
            send(made, NdpAnswers.reply(in.frame, in.parsed, in.arm.mac, floating.ofGateway(), in.frame, to));
        }
    }

    private void conflict(FloatingAddresses.Floating floating) {
        counters.add(Counter.ARP_CONFLICTS);
        announcer.defend(floating.group(), in.now);
    }

    void icmp() {
        if (NdpView.isAt(in.frame, in.parsed)) {
            ndp();
        } else {
            echo();
        }
    }

    private void echo() {
        if (services.isHeld(in.parsed.destinationHigh(), in.parsed.destinationLow())) {
            boolean _ = sendTurned(IcmpAnswers.echoReply(in.frame, in.parsed));
        } else {
            counters.add(Counter.DROP_CLOSED);
        }
    }

    /// A fragment for one of our addresses that is of an echo request, if it is the first; else its first was.
    ///
    /// @return whether it was answered
    boolean echoFragment() {
        var floating = services.addresses().find(in.parsed.destinationHigh(), in.parsed.destinationLow());
        if (floating != null && floating.group().isOpen()) {
            return sendTurned(IcmpAnswers.echoFragment(in.frame, in.parsed));
        }
        counters.add(floating == null ? Counter.FRAMES_FOREIGN : Counter.DROP_CLOSED);
        return false;
    }

    /// Sends back the frame at hand, which has become an answer of `length`, if it has.
    private boolean sendTurned(int length) {
        if (length > 0) {
            counters.add(Counter.FRAMES_ANSWERED);
            in.port.length(in.index, length);
            in.port.send(in.port, in.index);
        } else {
            counters.add(Counter.DROP_UNSUPPORTED);
        }
        return length > 0;
    }

    /// "Nothing here": a reset for TCP, port unreachable for UDP.
    void refuse() {
        if (!in.isTcp()) {
            errors.portUnreachable();
            return;
        }
        int made = in.port.make();
        if (made >= 0) {
            counters.add(Counter.RESETS_SENT);
            send(made, TcpAnswers.reset(in.frame, in.parsed, in.partial, in.frame, in.port.frame(made)));
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
