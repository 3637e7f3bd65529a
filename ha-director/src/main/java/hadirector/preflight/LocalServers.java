package hadirector.preflight;

import hadirector.config.DirectorConfig;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.RealServer;
import hadirector.model.Vip;
import hadirector.model.VirtualService;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What realservers that are this host itself ask of it, under the packet engine. Pure.
final class LocalServers {
    private final DirectorConfig config;
    private final Machine machine;

    LocalServers(DirectorConfig config, Machine machine) {
        this.config = config;
        this.machine = machine;
    }

    /// Whether this host is to have the VIP on `lo`, as any realserver that answers by itself.
    boolean needs(IpAddress vip) {
        return services().anyMatch(service -> service.vip().address().equals(vip) && isDirect(service));
    }

    List<Preflight.Finding> findings() {
        var findings = new LinkedHashSet<Preflight.Finding>();
        services().filter(this::isDirect).forEach(service -> vip(service).ifPresent(vip -> hidden(vip, findings)));
        services().forEach(service -> local(service)
                .filter(server -> server.method() == ForwardingMethod.NAT)
                .filter(server -> Preflight.isLoopback(server.endpoint().address()))
                .forEach(server -> vip(service).ifPresent(vip -> reachable(server, vip, findings))));
        return new ArrayList<>(findings);
    }

    private Stream<VirtualService> services() {
        return config.services().values().stream().filter(service -> {
            var group = config.groups().get(service.group());
            return group != null && group.priority().containsKey(config.name());
        });
    }

    private Optional<Vip> vip(VirtualService service) {
        return Stream.ofNullable(config.groups().get(service.group()))
                .flatMap(group -> group.vips().stream())
                .filter(vip -> vip.address().equals(service.vip().address()))
                .findFirst();
    }

    private boolean isDirect(VirtualService service) {
        return local(service).anyMatch(server -> server.method() != ForwardingMethod.NAT);
    }

    private Stream<RealServer> local(VirtualService service) {
        return service.realServers().stream().filter(server -> {
            var address = server.endpoint().address();
            return Preflight.isLoopback(address) || machine.interfaceOf(address).isPresent();
        });
    }

    private void hidden(Vip vip, Set<Preflight.Finding> findings) {
        var address = vip.address();
        String remedy = "dr-setup " + address + ", as on every realserver of dr and tun";
        if (machine.interfaceOf(address).isEmpty()) {
            findings.add(new Preflight.Finding(
                    "this host is a realserver of %s without having that address: it would not take its packets".formatted(address),
                    remedy));
        } else if (address.isV4() && !isOn("all", "arp_ignore") && !isOn(vip.interfaceName(), "arp_ignore")) {
            findings.add(new Preflight.Finding(
                    "this host has %s as a realserver and answers ARP for it on %s, whoever holds it"
                            .formatted(address, vip.interfaceName()),
                    remedy));
        }
    }

    private void reachable(RealServer server, Vip vip, Set<Preflight.Finding> findings) {
        var address = server.endpoint().address();
        if (!address.isV4()) {
            findings.add(new Preflight.Finding(
                    "the kernel takes no packets from outside for the realserver %s".formatted(address),
                    "name an address of the host's own that is not loopback"));
        } else if (!isOn("all", "route_localnet") && !isOn(vip.interfaceName(), "route_localnet")) {
            findings.add(new Preflight.Finding(
                    "the kernel takes no packets from %s for the realserver %s".formatted(vip.interfaceName(), address),
                    "sysctl -w net.ipv4.conf.%s.route_localnet=1, or name another address of the host's own"
                            .formatted(vip.interfaceName())));
        }
    }

    private boolean isOn(String interfaceName, String setting) {
        return machine.setting("net/ipv4/conf/" + interfaceName + "/" + setting).filter(value -> !value.equals("0")).isPresent();
    }
}
