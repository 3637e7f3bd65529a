package hadirector.lab;

/// An interface of a host and the switch port that it is plugged into.
///
/// @param port name of the port in the switch namespace; empty for one that is in no segment
public record Nic(NetLab lab, Host host, String name, String port) {
    public void down() {
        host.with("ip link set " + name + " down");
    }

    public void up() {
        host.with("ip link set " + name + " up");
    }

    /// Takes the carrier away, as a pulled cable does: the far end goes down, the host's own stays up.
    public void unplug() {
        lab.inSwitch("ip link set " + port + " down");
    }

    public void plug() {
        lab.inSwitch("ip link set " + port + " up");
    }

    /// Takes the port out of its segment, and leaves its carrier: a switch that falls apart.
    public void mute() {
        lab.inSwitch("ip link set " + port + " nomaster");
    }

    public void unmute(Segment segment) {
        lab.inSwitch("ip link set " + port + " master " + segment.bridge());
    }

    /// Of both ends.
    public Nic mtu(int mtu) {
        lab.inSwitch("ip link set " + port + " mtu " + mtu);
        host.with("ip link set " + name + " mtu " + mtu);
        return this;
    }

    /// The MAC address, as `02:00:00:00:00:01`.
    public String mac() {
        return host.output("ip -br link show dev " + name).trim().split("\\s+", -1)[2];
    }
}
