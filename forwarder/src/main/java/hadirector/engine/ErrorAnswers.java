package hadirector.engine;

import hadirector.forward.IcmpAnswers;
import hadirector.forward.RateLimit;
import hadirector.model.IpAddress;
import hadirector.sched.SourceHash;

/// ICMP errors of the director's own about the frame at hand, limited in rate (RFC 1812 4.3.2.8, RFC 4443 2.4 f) for each source and in
/// all. Path MTU discovery has limits of its own, so that no scan can silence it. Owner thread.
final class ErrorAnswers {
    /// Sources share a limit with those of the same hash.
    private static final int SOURCES = 1024;

    private static final int ALL = 0;

    private final Inbound in;
    private final ServiceTable services;
    private final Counters counters;
    private final RateLimit errors;
    private final RateLimit errorsOfSource;
    private final RateLimit tooBig;
    private final RateLimit tooBigOfSource;

    ErrorAnswers(Inbound in, ServiceTable services, Counters counters, long now) {
        this.in = in;
        this.services = services;
        this.counters = counters;
        errors = new RateLimit(1, 1_000, 200, now);
        errorsOfSource = new RateLimit(SOURCES, 20, 20, now);
        tooBig = new RateLimit(1, 5_000, 1_000, now);
        tooBigOfSource = new RateLimit(SOURCES, 200, 100, now);
    }

    /// "No service on that UDP port."
    void portUnreachable() {
        if (isAllowed(errorsOfSource, errors)) {
            int made = in.port.make();
            if (made >= 0) {
                send(made, IcmpAnswers.portUnreachable(in.frame, in.parsed, in.partial, in.frame, in.port.frame(made)));
            }
        }
    }

    /// "TTL used up on the way", from the interface that the frame came by, so that traceroute shows the director.
    void timeExceeded() {
        boolean own = in.arm.hasAddress(in.parsed.isV6());
        if ((own || isForUs()) && isAllowed(errorsOfSource, errors)) {
            var from = own ? in.arm.address(in.parsed.isV6()) : destination();
            int made = in.port.make();
            if (made >= 0) {
                long to = in.port.frame(made);
                send(made, IcmpAnswers.timeExceeded(in.frame, in.parsed, in.partial, from.high(), from.low(), in.frame, to));
            }
        }
    }

    /// "Does not fit through the next link": from the VIP for what was sent to it, so that what lets the connection through lets this
    /// through.
    ///
    /// @param mtu that does fit
    void tooBig(int mtu) {
        boolean forUs = isForUs();
        if ((forUs || in.arm.hasAddress(in.parsed.isV6())) && isAllowed(tooBigOfSource, tooBig)) {
            var from = forUs ? destination() : in.arm.address(in.parsed.isV6());
            int made = in.port.make();
            if (made >= 0) {
                long to = in.port.frame(made);
                send(made, IcmpAnswers.tooBig(in.frame, in.parsed, in.partial, mtu, from.high(), from.low(), in.frame, to));
            }
        }
    }

    private IpAddress destination() {
        return new IpAddress(in.parsed.destinationHigh(), in.parsed.destinationLow());
    }

    private boolean isForUs() {
        return services.addresses().find(in.parsed.destinationHigh(), in.parsed.destinationLow()) != null;
    }

    private boolean isAllowed(RateLimit ofSource, RateLimit ofAll) {
        int hash = SourceHash.of(in.parsed.sourceHigh(), in.parsed.sourceLow());
        boolean allowed = ofSource.take(hash, in.now) && ofAll.take(ALL, in.now);
        if (!allowed) {
            counters.add(Counter.ICMP_ERRORS_LIMITED);
        }
        return allowed;
    }

    private void send(int made, int length) {
        if (length > 0) {
            in.port.length(made, length);
            in.port.send(in.port, made);
            counters.add(Counter.ICMP_ERRORS_SENT);
        }
    }
}
