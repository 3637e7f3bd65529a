package hadirector.sync.ipvs;

/// Why something was not taken in or not told; what it counts is a message where it says so, else a connection.
public enum IpvsRefusal {
    /// Message: cut short, of a length that it does not say, or of an unknown format. What stood before the mistake is taken.
    FORMAT,
    /// Message of protocol version 0 (sysctl net.ipv4.vs.sync_version = 0), which knows neither IPv6 nor timeouts.
    VERSION_0,
    /// Message of another sync id.
    SYNC_ID,
    /// It has a parameter that may not be ignored and is unknown here.
    PARAMETER,
    /// Neither TCP nor UDP.
    PROTOCOL,
    /// In a state that its protocol does not have.
    STATE,
    /// A persistence template: this director has no persistence.
    TEMPLATE,
    /// To the old director itself (local node), or past it (bypass).
    METHOD,
    /// Its client's port is not known yet (ip_vs_ftp).
    NO_CLIENT_PORT,
    /// Its sequence numbers are translated (ip_vs_ftp), which no other director can go on with.
    SEQUENCE,
    /// The config has no such service.
    SERVICE,
    /// The config's service has no such realserver.
    REAL_SERVER,
    /// The config has another forwarding method for that realserver.
    OTHER_METHOD,
    /// A director of this cluster holds the VIP group: it knows better.
    HELD,
    /// Its client and realserver are of different families, for which the protocol has no room.
    FAMILY,
    /// Message that was to be sent: the network did not take it, or not as fast as they came.
    UNSENT
}
