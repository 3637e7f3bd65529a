package hadirector.fastpath;

import hadirector.afpacket.PacketPort;
import hadirector.linux.Poller;
import hadirector.netlink.Netlink;

/// A process that holds program, maps, link and port of an interface until it is killed.
final class EngineStandIn {
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
        var program = new TestFastPath();
        program.claim(PuntLab.VIP);
        var poller = new Poller(PacketPort.DESCRIPTORS);
        var port = PacketPort.open(arguments[0], ifindex, FastPath.MARK, poller);
        program.attach(ifindex);
        System.out.println("holding");
        Thread.sleep(600_000);
        port.close();
        program.close();
    }
}
