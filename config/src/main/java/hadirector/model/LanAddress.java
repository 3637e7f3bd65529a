package hadirector.model;

/// A host on the segment of an interface, as a gateway that directors look for.
public record LanAddress(IpAddress address, String interfaceName) {
    /// As in the config: `192.0.2.1@eth0`.
    @Override
    public String toString() {
        return address + "@" + interfaceName;
    }
}
