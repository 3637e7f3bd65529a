package hadirector.forward;

import hadirector.model.Protocol;

/// Who takes part in the fixtures, once for each family of IP.
///
/// @param name what a sentence says of it, empty for IPv4
/// @param host the client's address
/// @param server the realserver's address
record FixtureNet(String name, String host, String vipHost, String server) {
    static final FixtureNet V4 = new FixtureNet("", "198.51.100.7", PacketFixture.VIP, "10.1.0.11");
    static final FixtureNet V6 = new FixtureNet(" (IPv6)", "2001:db8:51::7", PacketFixture.VIP6, "fd00:1::11");

    static final long RIP_MAC = 0x02_00_00_00_00_11L;
    static final long ROUTER_MAC = 0x02_00_00_00_00_0fL;

    boolean isV6() {
        return this.equals(V6);
    }

    /// An endpoint as text: `192.0.2.10:80`, `[2001:db8::10]:80`.
    String at(String address, int port) {
        return (isV6() ? "[" + address + "]" : address) + ":" + port;
    }

    String client() {
        return at(host, 40000);
    }

    String vip() {
        return at(vipHost, 80);
    }

    String rip() {
        return at(server, 8080);
    }

    FlowSpec in(Protocol protocol) {
        return FlowSpec.toRealServer(protocol, client(), vip(), rip(), RIP_MAC);
    }

    FlowSpec out(Protocol protocol) {
        return FlowSpec.toClient(protocol, rip(), client(), vip(), ROUTER_MAC);
    }

    FlowSpec direct(Protocol protocol) {
        return FlowSpec.direct(protocol, client(), vip(), RIP_MAC);
    }
}
