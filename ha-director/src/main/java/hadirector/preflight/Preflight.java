package hadirector.preflight;

import hadirector.config.DirectorConfig;
import hadirector.model.IpAddress;
import hadirector.model.Vip;
import java.util.ArrayList;
import java.util.List;

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

    private final DirectorConfig config;
    private final Machine machine;
    private final List<Finding> findings = new ArrayList<>();

    private Preflight(DirectorConfig config, Machine machine) {
        this.config = config;
        this.machine = machine;
    }

    /// @param packet whether the packet engine will run, which holds the VIPs itself; else it is the proxy engine
    public static List<Finding> findings(DirectorConfig config, Machine machine, boolean packet) {
        var of = new Preflight(config, machine);
        of.clusterAddress();
        for (var group : config.groups().values()) {
            if (group.priority().containsKey(config.name())) {
                (packet ? group.addresses() : group.vips()).forEach(packet ? of::notOnTheHost : of::bindable);
            }
        }
        return List.copyOf(of.findings);
    }

    private void clusterAddress() {
        var own = config.cluster().members().get(config.name());
        if (own != null && !isLoopback(own.address()) && machine.interfaceOf(own.address()).isEmpty()) {
            add("the cluster address %s of %s is on no interface of this machine".formatted(own.address(), config.name()),
                    "ip address add %s/PREFIX dev INTERFACE, or correct director.cluster.members".formatted(own.address()));
        }
    }

    private void notOnTheHost(Vip vip) {
        machine.interfaceOf(vip.address()).filter(_ -> !isLoopback(vip.address())).ifPresent(name ->
                add("%s is configured on %s: this host answers for it too, and still does when its director has died"
                                .formatted(vip.address(), name),
                        "ip address del %s/%d dev %s, and take it out of the host's network configuration"
                                .formatted(vip.address(), vip.prefixLength(), name)));
    }

    private void bindable(Vip vip) {
        if (!isLoopback(vip.address())
                && machine.interfaceOf(vip.address()).isEmpty()
                && !machine.bindsForeignAddresses()) {
            add("the proxy engine cannot bind %s, which is on no interface of this machine".formatted(vip.address()),
                    "ip address add %s/%d dev %s, or sysctl -w net.ipv4.ip_nonlocal_bind=1"
                            .formatted(vip.address(), vip.prefixLength(), vip.interfaceName()));
        }
    }

    private void add(String what, String remedy) {
        findings.add(new Finding(what, remedy));
    }

    private static boolean isLoopback(IpAddress address) {
        return address.isV4() ? address.v4() >>> 24 == 127 : address.equals(new IpAddress(0, 1));
    }
}
