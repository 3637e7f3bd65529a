package hadirector.model;

/// How a packet reaches the realserver: LVS-NAT, LVS-DR, LVS-Tun.
public enum ForwardingMethod {
    /// Rewrite the destination; replies come back through the director (`ipvsadm -m`).
    NAT("nat", 0),
    /// Encapsulate; the realserver answers the client itself (`ipvsadm -i`).
    TUNNEL("tun", 2),
    /// New MAC only; the realserver answers the client itself (`ipvsadm -g`).
    DIRECT_ROUTING("dr", 3);

    private final String word;
    private final int number;

    ForwardingMethod(String word, int number) {
        this.word = word;
        this.number = number;
    }

    /// The config word.
    public String word() {
        return word;
    }

    /// The number on the wire and in records: IP_VS_CONN_F_FWD_MASK of linux/ip_vs.h.
    public int number() {
        return number;
    }
}
