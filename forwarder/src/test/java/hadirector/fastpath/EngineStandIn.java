package hadirector.fastpath;

import hadirector.afpacket.PacketPort;
import hadirector.linux.Poller;
import hadirector.netlink.Netlink;
import java.nio.file.Path;
import java.util.Optional;

/// A process that holds program, maps, link and port of an interface until it is killed; with a folder and an owner as arguments also pinned, with XDP.
final class EngineStandIn {
    static final int CONNECTIONS = 20;

    private EngineStandIn() {}

    public static void main(String[] arguments) throws InterruptedException {
        int ifindex;
        try (var netlink = new Netlink()) {
            ifindex = netlink.links().stream()
                    .filter(link -> link.name().equals(arguments[0]))
                    .findFirst()
                    .orElseThrow()
                    .index();
        }
        var program = arguments.length == 1
                ? new TestFastPath()
                : new TestFastPath(FastPath.Acceleration.XDP, Pins.open(Optional.of(Path.of(arguments[1])), arguments[2]));
        for (int client = 1; client <= CONNECTIONS; client++) {
            int _ = program.insert(6, "10.77.0.9", client, PuntLab.VIP, 80, "10.77.0.8", 80);
        }
        program.claim(PuntLab.VIP);
        if (arguments.length > 3) { // It lets go of what it held.
            program.maps.lease(TestFastPath.GROUP, 0);
        }
        var poller = new Poller(PacketPort.DESCRIPTORS);
        var port = PacketPort.open(arguments[0], ifindex, FastPath.MARK, poller);
        program.attach(ifindex);
        System.out.println("holding");
        Thread.sleep(600_000);
        port.close();
        program.close();
    }
}
