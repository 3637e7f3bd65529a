package hadirector.model;

/// Transport protocols of a virtual service, with their IP protocol numbers (IANA).
public enum Protocol {
    TCP(6),
    UDP(17);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /// The config word: `tcp`, `udp`.
    public String word() {
        return this == TCP ? "tcp" : "udp";
    }
}
