package hadirector.preflight;

import hadirector.config.DirectorConfig;
import hadirector.forward.MssClamp;
import hadirector.forward.Tunnels;
import hadirector.keys.Identity;
import hadirector.linux.KernelVersion;
import hadirector.model.IpAddress;
import hadirector.model.Protocol;
import hadirector.model.TunnelKind;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What stands between a correct config file and a working director on this machine. The file's own mistakes, missing
/// interfaces among them, are `hadirector.config`'s, kernel and privileges the choice of the engine. Pure.
public final class Preflight {
    /// @param what is wrong, a sentence without its end
    /// @param remedy the command that mends it, or the choice that there is
    public record Finding(String what, String remedy) {
        @Override
        public String toString() {
            return what + "; mend it by: " + remedy;
        }
    }

    private static final KernelVersion TCX_SINCE = new KernelVersion(6, 6);

    /// Bytes of what clients send, if their own networks are Ethernet.
    private static final int USUAL_MTU = 1500;

    private final DirectorConfig config;
    private final Machine machine;
    private final LocalServers localServers;
    private final List<Finding> findings = new ArrayList<>();

    private Preflight(DirectorConfig config, Machine machine) {
        this.config = config;
        this.machine = machine;
        localServers = new LocalServers(config, machine);
    }

    /// @param packet whether the packet engine will run, which holds the VIPs itself; else it is the proxy engine
    public static List<Finding> findings(DirectorConfig config, Machine machine, boolean packet) {
        var of = new Preflight(config, machine);
        of.clusterAddress();
        of.keys();
        for (var group : config.groups().values()) {
            if (group.priority().containsKey(config.name())) {
                (packet ? group.addresses() : group.vips()).forEach(packet ? of::notOnTheHost : of::bindable);
            }
        }
        if (packet) {
            of.ipv6();
            of.dataPath();
            of.masquerade();
            of.tunnels();
            of.findings.addAll(of.localServers.findings());
        }
        return List.copyOf(of.findings);
    }

    private void clusterAddress() {
        for (var own : config.cluster().members().getOrDefault(config.name(), List.of())) {
            if (!isLoopback(own.address()) && machine.interfaceOf(own.address()).isEmpty()) {
                add("the cluster address %s of %s is on no interface of this machine".formatted(own.address(), config.name()),
                        "ip address add %s/PREFIX dev INTERFACE, or correct director.cluster.members".formatted(own.address()));
            }
        }
    }

    private void keys() {
        config.cluster().keys().ifPresent(folder -> machine
                .keys(folder.resolve(config.name() + ".pem"), new Identity(config.cluster().name(), config.name()))
                .forEach(trouble -> add(trouble.what(), trouble.remedy())));
    }

    private void notOnTheHost(Vip vip) {
        var on = machine.interfaceOf(vip.address()).filter(name -> !name.equals("lo") || !localServers.needs(vip.address()));
        on.filter(_ -> !isLoopback(vip.address())).ifPresent(name ->
                add("%s is configured on %s: this host answers for it too, and still does when its director has died"
                                .formatted(vip.address(), name),
                        "ip address del %s/%d dev %s, and take it out of the host's network configuration"
                                .formatted(vip.address(), vip.prefixLength(), name)));
    }

    /// The packet engine asks the kernel for its neighbours' MACs.
    private void ipv6() {
        ours().flatMap(group -> group.addresses().stream())
                .filter(address -> !address.address().isV4())
                .filter(address -> isOn(disableIpv6(address.interfaceName())))
                .forEach(address -> add(
                        "IPv6 is off on %s, where %s is to be held: no neighbour there can be found"
                                .formatted(address.interfaceName(), address.address()),
                        set(disableIpv6(address.interfaceName()), 0) + ", and give it an address of its own"));
    }

    private static String disableIpv6(String interfaceName) {
        return "net/ipv6/conf/" + interfaceName + "/disable_ipv6";
    }

    private void bindable(Vip vip) {
        String setting = "net/" + (vip.address().isV4() ? "ipv4" : "ipv6") + "/ip_nonlocal_bind";
        if (!isLoopback(vip.address()) && machine.interfaceOf(vip.address()).isEmpty() && !isOn(setting)) {
            add("the proxy engine cannot bind %s, which is on no interface of this machine".formatted(vip.address()),
                    "ip address add %s/%d dev %s, or %s"
                            .formatted(vip.address(), vip.prefixLength(), vip.interfaceName(), set(setting, 1)));
        }
    }

    /// What stands between the interfaces' frames and our programs.
    private void dataPath() {
        if (machine.kernel().compareTo(TCX_SINCE) < 0) {
            add("Linux %s has no tcx: the data path hangs on clsact filters, which a killed director leaves behind for a moment"
                            .formatted(machine.kernel()),
                    "Linux %s or newer; until then nothing, they become harmless by themselves".formatted(TCX_SINCE));
        }
        for (String name : interfaces()) {
            boolean filtered = machine.isBridge(name)
                    && (isOn("net/bridge/bridge-nf-call-iptables") || isOn("net/bridge/bridge-nf-call-ip6tables"));
            if (filtered) {
                add("%s is a bridge whose frames pass the host's firewall before they are ours (bridge-nf-call)".formatted(name),
                        "sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0");
            }
            var others = machine.programs(name);
            if (!others.isEmpty()) {
                add("other BPF programs see the frames of %s: %s".formatted(name, String.join(", ", others)),
                        "nothing if they let the VIPs' frames pass; director status shows who runs beside whom");
            }
        }
    }

    private Set<String> interfaces() {
        var names = new TreeSet<String>();
        ours().forEach(group -> group.addresses().forEach(address -> names.add(address.interfaceName())));
        return names;
    }

    private Stream<VipGroup> ours() {
        return config.groups().values().stream().filter(group -> group.priority().containsKey(config.name()));
    }

    private void masquerade() {
        var sources = ours().flatMap(group -> group.masquerade().stream()).toList();
        if (sources.isEmpty()) {
            return;
        }
        if (!machine.hasNft()) {
            add("masquerade needs nft(8), which is not installed", "apt install nftables");
        }
        if (sources.stream().anyMatch(prefix -> prefix.address().isV4())) {
            forwarding("net/ipv4/ip_forward");
        }
        if (sources.stream().anyMatch(prefix -> !prefix.address().isV4())) {
            forwarding("net/ipv6/conf/all/forwarding");
        }
        for (String name : interfaces()) {
            String strict = "net/ipv4/conf/" + name + "/rp_filter";
            if (machine.setting(strict).filter("1"::equals).isPresent()) {
                add("rp_filter on %s is strict: answers that come back by another way than they left are dropped".formatted(name),
                        set(strict, 2) + ", if there is more than one way out");
            }
        }
    }

    /// What clients send is as long as their own networks allow, and then gets an outer header.
    private void tunnels() {
        for (var service : config.services().values()) {
            var group = config.groups().get(service.group());
            if (group != null && group.priority().containsKey(config.name())) {
                service.realServers().forEach(server -> server.tunnel().ifPresent(kind -> tunnel(service, server.endpoint().address(), kind)));
            }
        }
    }

    private void tunnel(VirtualService service, IpAddress rip, TunnelKind kind) {
        var way = machine.way(rip);
        if (way.isEmpty()) {
            add("there is no route to %s, a realserver of %s by method tun".formatted(rip, service.name()), "ip route add %s via GATEWAY".formatted(rip));
            return;
        }
        int room = way.get().mtu() - Tunnels.headerLength(kind, rip.isV4());
        if (room < USUAL_MTU && service.protocol() == Protocol.TCP && service.options().mssClamp().isEmpty()) {
            add("packets of %s grow by %d bytes in the tunnel to %s and %s takes %d: clients that do not hear ICMP will hang"
                            .formatted(service.name(), way.get().mtu() - room, rip, way.get().interfaceName(), way.get().mtu()),
                    "mss-clamp = %d in the service; or a greater MTU on all the way to the realserver"
                            .formatted(MssClamp.mss(room, !service.vip().address().isV4())));
        }
    }

    private void forwarding(String setting) {
        if (!isOn(setting)) {
            add("masquerade needs routing, and %s is off".formatted(setting.replace('/', '.')), set(setting, 1));
        }
    }

    private boolean isOn(String setting) {
        return machine.setting(setting).filter(value -> !value.equals("0")).isPresent();
    }

    private static String set(String setting, int value) {
        return "sysctl -w " + setting.replace('/', '.') + "=" + value;
    }

    private void add(String what, String remedy) {
        findings.add(new Finding(what, remedy));
    }

    static boolean isLoopback(IpAddress address) {
        return address.isV4() ? address.v4() >>> 24 == 127 : address.equals(new IpAddress(0, 1));
    }
}
