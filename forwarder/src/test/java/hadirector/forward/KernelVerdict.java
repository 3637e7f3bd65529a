package hadirector.forward;

import hadirector.engine.Counter;
import hadirector.model.IpAddress;
import hadirector.packet.EthernetView;
import hadirector.packet.FrameBuilder;
import hadirector.packet.FrameKind;
import hadirector.packet.Icmp6View;
import hadirector.packet.IcmpQuote;
import hadirector.packet.Ipv4View;
import hadirector.packet.Ipv6Extensions;
import hadirector.packet.Ipv6View;
import hadirector.packet.NdpView;
import hadirector.packet.NetworkOrder;
import hadirector.packet.ParsedFrame;
import hadirector.packet.TcpView;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// What becomes of a frame at the hook.
enum KernelVerdict {
    /// Forwarded by the program.
    HIT,
    /// The engine's alone.
    PUNT,
    /// The host's, and the engine gets a copy.
    COPY,
    /// The host's, as it came.
    NEXT,
    DROP;

    private static final Set<IpAddress> OURS = Set.of(
            IpAddress.of(PacketFixture.VIP),
            IpAddress.of(PacketFixture.GATEWAY),
            IpAddress.of(PacketFixture.VIP6),
            IpAddress.of(PacketFixture.GATEWAY6));
    private static final Set<IpAddress> SERVERS =
            Set.of(IpAddress.of(FixtureNet.V4.server()), IpAddress.of(FixtureNet.V6.server()));
    private static final int ICMP_LENGTH = 8;
    private static final int REDIRECT = 5;
    private static final Set<Integer> TUNNELS = Set.of(4, 41, 47);

    /// What the program must do with a fixture's frame, by the rules of the plan and with the parser of the Java path.
    static KernelVerdict expected(PacketFixture fixture) {
        byte[] bytes = fixture.in();
        var frame = MemorySegment.ofArray(bytes);
        long mac = NetworkOrder.u48(frame, 0);
        if (mac != FrameBuilder.DIRECTOR_MAC && EthernetView.isUnicast(mac)) {
            return NEXT;
        }
        var parsed = new ParsedFrame();
        var kind = parsed.parse(frame, 0, bytes.length);
        if (!EthernetView.isUnicast(mac) && kind != FrameKind.ARP && !isIcmp6(frame)) {
            return NEXT;
        }
        if (fixture.verdict() == Counter.FRAMES_FORWARDED) {
            boolean padded = bytes.length - EthernetView.LENGTH != parsed.ipLength();
            boolean tunnelled = fixture.flows().getFirst().tunnel().isPresent();
            return isPlain(parsed) && !(tunnelled && padded) ? HIT : PUNT;
        }
        boolean ours = switch (kind) {
            case ARP -> OURS.contains(destination(parsed));
            case TCP, UDP, FRAGMENT, OTHER_PROTOCOL -> OURS.contains(destination(parsed)) || isKnown(fixture, parsed);
            case ICMP ->
                OURS.contains(destination(parsed)) || isAboutUs(frame, parsed) || quotesOurs(fixture, frame, parsed);
            case OTHER_TYPE -> false;
            case MALFORMED -> isSentToUs(frame);
        };
        if (ours) {
            return PUNT;
        }
        boolean error = kind == FrameKind.ICMP && isError(frame, parsed);
        boolean told = kind == FrameKind.FRAGMENT || error;
        boolean copied = (told && SERVERS.contains(source(parsed))) || (error && quotesTunnel(frame, parsed));
        return copied ? COPY : NEXT;
    }

    private static boolean isIcmp6(MemorySegment frame) {
        return NetworkOrder.u16(frame, EthernetView.TYPE) == EthernetView.TYPE_IPV6
                && NetworkOrder.u8(frame, EthernetView.LENGTH + Ipv6View.NEXT_HEADER) == Ipv6View.ICMP;
    }

    /// What the program at the egress must do with a fixture's frame if the director sends it: the answers of a realserver, and errors about
    /// what it was sent, are ours; whatever the MACs and whatever else is wrong with them.
    static KernelVerdict leaving(PacketFixture fixture) {
        var frame = MemorySegment.ofArray(fixture.in());
        var parsed = new ParsedFrame();
        var kind = parsed.parse(frame, 0, fixture.in().length);
        var replies = fixture.withFlows(
                fixture.flows().stream().filter(flow -> flow.action() == FlowSpec.Action.TO_CLIENT).toList());
        boolean ours = kind == FrameKind.ICMP ? quotesOurs(replies, frame, parsed) : isKnown(replies, parsed);
        if (!ours) {
            return NEXT;
        }
        return fixture.verdict() == Counter.FRAMES_FORWARDED && isPlain(parsed) ? HIT : PUNT;
    }

    /// Redirects too, which Java drops.
    private static boolean isError(MemorySegment frame, ParsedFrame parsed) {
        return IcmpErrors.isError(frame, parsed)
                || (!parsed.isV6() && NetworkOrder.u8(frame, parsed.l4()) == REDIRECT);
    }

    private static boolean quotesOurs(PacketFixture fixture, MemorySegment frame, ParsedFrame parsed) {
        var quote = new IcmpQuote();
        return isError(frame, parsed)
                && quote.parse(frame, parsed) == IcmpQuote.Kind.TRANSPORT
                && quotesPlain(frame, parsed)
                && fixture.flows().stream().anyMatch(flow -> flow.answers(quote));
    }

    /// The program takes no quoted extension headers apart but a fragment's.
    private static boolean quotesPlain(MemorySegment frame, ParsedFrame parsed) {
        long quoted = parsed.l4() + ICMP_LENGTH;
        int next = parsed.isV6() ? NetworkOrder.u8(frame, quoted + Ipv6View.NEXT_HEADER) : Ipv4View.TCP;
        if (parsed.isV6() && next == Ipv6Extensions.FRAGMENT) {
            next = NetworkOrder.u8(frame, quoted + Ipv6View.LENGTH);
        }
        return next == Ipv4View.TCP || next == Ipv4View.UDP;
    }

    private static boolean quotesTunnel(MemorySegment frame, ParsedFrame parsed) {
        var quote = new IcmpQuote();
        return switch (quote.parse(frame, parsed)) {
            case OTHER_PROTOCOL -> TUNNELS.contains(quote.protocol());
            case TRANSPORT, LATER_FRAGMENT, CUT_SHORT -> false;
        };
    }

    private static boolean isPlain(ParsedFrame parsed) {
        boolean plain = parsed.l4() - parsed.l3() == (parsed.isV6() ? Ipv6View.LENGTH : Ipv4View.LENGTH_MIN);
        return plain && (parsed.kind() == FrameKind.UDP || (parsed.tcpFlags() & TcpView.SYN) == 0);
    }

    private static boolean isKnown(PacketFixture fixture, ParsedFrame parsed) {
        return parsed.hasPorts() && fixture.flows().stream().anyMatch(flow -> flow.matches(parsed));
    }

    /// NDP that asks for an address of ours or states one, sound or not: what is wrong with it is for Java to say.
    private static boolean isAboutUs(MemorySegment frame, ParsedFrame parsed) {
        if (!parsed.isV6() || frame.byteSize() - parsed.l4() < NdpView.LENGTH_MIN) {
            return false;
        }
        int type = NetworkOrder.u8(frame, parsed.l4());
        long target = parsed.l4() + NdpView.TARGET;
        return (type == Icmp6View.NEIGHBOUR_SOLICITATION || type == Icmp6View.NEIGHBOUR_ADVERTISEMENT)
                && OURS.contains(new IpAddress(
                        frame.get(NetworkOrder.U64, target), frame.get(NetworkOrder.U64, target + Long.BYTES)));
    }

    private static IpAddress source(ParsedFrame parsed) {
        return new IpAddress(parsed.sourceHigh(), parsed.sourceLow());
    }

    private static IpAddress destination(ParsedFrame parsed) {
        return new IpAddress(parsed.destinationHigh(), parsed.destinationLow());
    }

    /// Whatever is wrong with it, its destination address can be read.
    private static boolean isSentToUs(MemorySegment frame) {
        long end = frame.byteSize();
        if (end < EthernetView.LENGTH) {
            return false;
        }
        long ip = EthernetView.LENGTH;
        return switch (NetworkOrder.u16(frame, EthernetView.TYPE)) {
            case EthernetView.TYPE_IPV4 ->
                end >= ip + Ipv4View.LENGTH_MIN && OURS.contains(IpAddress.v4(new Ipv4View(frame, ip).destination()));
            case EthernetView.TYPE_IPV6 -> {
                var view = new Ipv6View(frame, ip);
                yield end >= ip + Ipv6View.LENGTH
                        && OURS.contains(new IpAddress(view.destinationHigh(), view.destinationLow()));
            }
            default -> false;
        };
    }
}
