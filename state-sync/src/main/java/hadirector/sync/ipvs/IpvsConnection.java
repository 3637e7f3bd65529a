package hadirector.sync.ipvs;

import hadirector.model.Endpoint;

/// One connection or persistence template as IPVS tells it to its backups, in the numbers of linux/ip_vs.h.
///
/// @param protocol IP protocol number
/// @param virtual where the client's packets go; with a firewall mark too
/// @param flags IP_VS_CONN_F_*, those of [#FLAGS]
/// @param state IP_VS_TCP_S_* and the like, by protocol
/// @param fwmark firewall mark of the service, 0 for none
/// @param timeoutSeconds without a packet until it ends; 0 for the usual time of its state
/// @param translated whether its TCP sequence numbers are shifted on their way
public record IpvsConnection(
        int protocol,
        Endpoint client,
        Endpoint virtual,
        Endpoint real,
        int flags,
        int state,
        int fwmark,
        int timeoutSeconds,
        boolean translated) {
    public static final int METHOD_MASK = 0x0007;
    public static final int NO_OUTPUT = 0x0080;
    public static final int INACTIVE = 0x0100;
    public static final int OUT_SEQUENCE = 0x0200;
    public static final int IN_SEQUENCE = 0x0400;
    public static final int NO_CLIENT_PORT = 0x0800;
    public static final int TEMPLATE = 0x1000;

    /// What a backup heeds of a master's flags (IP_VS_CONN_F_BACKUP_MASK).
    public static final int FLAGS =
            METHOD_MASK | NO_OUTPUT | INACTIVE | OUT_SEQUENCE | IN_SEQUENCE | NO_CLIENT_PORT | TEMPLATE;

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    boolean isV4() {
        return client.address().isV4();
    }
}
