package hadirector.model;

/// A floating address on an interface: a virtual IP for clients, or an inside gateway for realservers.
public record Vip(IpAddress address, int prefixLength, String interfaceName) {
    /// As in the config: `192.0.2.10/24@eth0`.
    @Override
    public String toString() {
        return address + "/" + prefixLength + "@" + interfaceName;
    }
}
