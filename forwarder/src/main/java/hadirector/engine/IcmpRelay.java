package hadirector.engine;

import hadirector.conn.ConnectionTable;
import hadirector.conn.Groups;
import hadirector.packet.IcmpQuote;

/// Carries ICMP errors on to the side that sent the packet that they quote. They change nothing of the connection: whoever forges
/// one could as well forge one to the server itself. Owner thread.
final class IcmpRelay {
    private final Inbound in;
    private final ServiceTable services;
    private final ConnectionTable table;
    private final Groups groups;
    private final Counters counters;
    private final Delivery delivery;
    private final TunnelErrors tunnels;
    private final KernelScheduling scheduling;
    private final IcmpQuote quote = new IcmpQuote();

    IcmpRelay(
            Inbound in,
            ServiceTable services,
            ConnectionTable table,
            Groups groups,
            Counters counters,
            Delivery delivery,
            TunnelErrors tunnels,
            KernelScheduling scheduling) {
        this.in = in;
        this.services = services;
        this.table = table;
        this.groups = groups;
        this.counters = counters;
        this.delivery = delivery;
        this.tunnels = tunnels;
        this.scheduling = scheduling;
    }

    /// Handles the ICMP error at hand ([hadirector.forward.IcmpErrors#isError]).
    void error() {
        var kind = quote.parse(in.frame, in.parsed);
        int flow = kind == IcmpQuote.Kind.TRANSPORT ? flow() : ConnectionTable.NONE;
        if (flow == ConnectionTable.NONE) {
            if (kind != IcmpQuote.Kind.CUT_SHORT && tunnels.take(quote)) {
                return;
            }
            counters.add(isForUs() ? Counter.DROP_ICMP_UNMATCHED : Counter.FRAMES_FOREIGN);
        } else if (!groups.served(table.group(ConnectionTable.slot(flow)))) {
            counters.add(Counter.DROP_CLOSED);
        } else {
            delivery.deliverError(ConnectionTable.slot(flow), ConnectionTable.direction(flow), quote);
        }
    }

    /// The flow in which the quoted packet would be answered.
    private int flow() {
        if (!quote.isForItsSender(in.parsed)) {
            return ConnectionTable.NONE;
        }
        int flow = find();
        return flow == ConnectionTable.NONE && scheduling.takesOver(quote, in.now) ? find() : flow;
    }

    private int find() {
        return table.find(
                quote.protocol(),
                /* sourceHigh= */ quote.destinationHigh(),
                /* sourceLow= */ quote.destinationLow(),
                /* sourcePort= */ quote.destinationPort(),
                /* destinationHigh= */ quote.sourceHigh(),
                /* destinationLow= */ quote.sourceLow(),
                /* destinationPort= */ quote.sourcePort());
    }

    private boolean isForUs() {
        return services.addresses().find(in.parsed.destinationHigh(), in.parsed.destinationLow()) != null;
    }
}
