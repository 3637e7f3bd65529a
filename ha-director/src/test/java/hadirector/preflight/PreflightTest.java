package hadirector.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.config.DirectorConfig;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.linux.KernelVersion;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PreflightTest {
    private static final String CLUSTER = "10.9.0.1";
    private static final String VIP = "192.0.2.10";

    /// A machine of Linux 6.12 whose eth0 has these addresses, with these settings (`net/ipv4/ip_forward=1`), and these facts of
    /// its own: `bridge`, `nft`, `5.15`, `xdp cil`.
    private record Host(List<String> addresses, List<String> settings, List<String> facts) implements Machine {
        @Override
        public Optional<String> interfaceOf(IpAddress address) {
            return addresses.contains(address.toString()) ? Optional.of("eth0") : Optional.empty();
        }

        @Override
        public Optional<String> setting(String path) {
            return settings.stream().filter(known -> known.startsWith(path + "=")).map(known -> known.substring(path.length() + 1)).findFirst();
        }

        private boolean is(String fact) {
            return facts.contains(fact);
        }

        @Override
        public boolean isBridge(String interfaceName) {
            return is("bridge");
        }

        @Override
        public boolean hasNft() {
            return is("nft");
        }

        @Override
        public KernelVersion kernel() {
            return is("5.15") ? new KernelVersion(5, 15) : new KernelVersion(6, 12);
        }

        @Override
        public List<String> programs(String interfaceName) {
            return is("xdp cil") ? List.of("xdp cil") : List.of();
        }
    }

    private static Host host(String... addresses) {
        return new Host(List.of(addresses), List.of(), List.of());
    }

    private static Host host(List<String> settings, String... facts) {
        return new Host(List.of(CLUSTER), settings, List.of(facts));
    }

    private static DirectorConfig config(String cluster, String vip, String candidate) {
        return config(cluster, vip, candidate, List.of());
    }

    private static DirectorConfig config(String cluster, String vip, String candidate, List<Prefix> masquerade) {
        var group = new VipGroup(
                "web", List.of(new Vip(IpAddress.of(vip), 24, "eth0")), List.of(), Map.of(candidate, 1), false, masquerade);
        return new DirectorConfig(
                "lb1",
                Engine.of(EngineChoice.AUTO),
                1024,
                Cluster.of("edge", Map.of("lb1", Endpoint.of(cluster + ":7800")), Duration.ofMillis(600)),
                Path.of("/nowhere"),
                Optional.empty(),
                Map.of("web", group),
                Map.of());
    }

    private static List<String> findings(DirectorConfig config, Machine machine, boolean packet) {
        return Preflight.findings(config, machine, packet).stream().map(Object::toString).toList();
    }

    @Test
    void nothingIsFoundOnAMachineThatIsReady() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(CLUSTER), true)).isEmpty();
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(CLUSTER, VIP), false)).isEmpty();
        assertThat(findings(config("127.0.0.1", "127.0.1.10", "lb1"), host(), false)).isEmpty();
    }

    @Test
    void aVipThatTheHostHasIsFoundWithTheCommandThatRemovesIt() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(CLUSTER, VIP), true))
                .singleElement()
                .asString()
                .startsWith("192.0.2.10 is configured on eth0")
                .contains("ip address del 192.0.2.10/24 dev eth0");
    }

    @Test
    void anInterfaceWithoutIpv6CannotHoldAnIpv6Vip() {
        assertThat(findings(config(CLUSTER, "2001:db8::10", "lb1"), host(List.of("net/ipv6/conf/eth0/disable_ipv6=1")), true))
                .singleElement()
                .asString()
                .startsWith("IPv6 is off on eth0, where 2001:db8::10 is to be held")
                .contains("sysctl -w net.ipv6.conf.eth0.disable_ipv6=0");
        assertThat(findings(config(CLUSTER, "2001:db8::10", "lb1"), host(List.of("net/ipv6/conf/eth0/disable_ipv6=0")), true))
                .isEmpty();
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(List.of("net/ipv6/conf/eth0/disable_ipv6=1")), true)).isEmpty();
    }

    @Test
    void aVipOfOthersIsNoneOfOurConcern() {
        assertThat(findings(config(CLUSTER, VIP, "lb2"), host(CLUSTER, VIP), true)).isEmpty();
    }

    @Test
    void aClusterAddressThatIsNotThereIsFound() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(), true))
                .singleElement()
                .asString()
                .startsWith("the cluster address 10.9.0.1 of lb1 is on no interface");
    }

    @Test
    void theProxyEngineNeedsItsVipOnTheHostOrLeaveToBindIt() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(CLUSTER), false))
                .singleElement()
                .asString()
                .contains("cannot bind 192.0.2.10", "ip address add 192.0.2.10/24 dev eth0");
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(List.of("net/ipv4/ip_nonlocal_bind=1")), false)).isEmpty();
    }

    @Test
    void aBridgeWhoseFramesPassTheFirewallIsFound() {
        var config = config(CLUSTER, VIP, "lb1");
        assertThat(findings(config, host(List.of("net/bridge/bridge-nf-call-iptables=1"), "bridge"), true))
                .singleElement().asString().startsWith("eth0 is a bridge").contains("bridge-nf-call-iptables=0");
        assertThat(findings(config, host(List.of("net/bridge/bridge-nf-call-iptables=1")), true)).isEmpty();
        assertThat(findings(config, host(List.of("net/bridge/bridge-nf-call-iptables=0"), "bridge"), true)).isEmpty();
    }

    @Test
    void anOldKernelAndOtherProgramsAreNamed() {
        var config = config(CLUSTER, VIP, "lb1");
        assertThat(findings(config, host(List.of(), "5.15"), true)).singleElement().asString().startsWith("Linux 5.15 has no tcx");
        assertThat(findings(config, host(List.of(), "xdp cil"), true))
                .singleElement().asString().startsWith("other BPF programs see the frames of eth0: xdp cil");
        assertThat(findings(config, host(List.of(), "5.15", "xdp cil"), false)).hasSize(1).allMatch(f -> f.contains("cannot bind"));
    }

    @Test
    void masqueradingNeedsNftAndRouting() {
        var config = config(CLUSTER, VIP, "lb1", List.of(Prefix.of("10.1.0.0/24"), Prefix.of("fd00:1::/64")));
        assertThat(findings(config, host(List.of("net/ipv4/ip_forward=0", "net/ipv4/conf/eth0/rp_filter=1")), true))
                .satisfiesExactly(
                        nft -> assertThat(nft).contains("nft(8)", "apt install nftables"),
                        v4 -> assertThat(v4).contains("net.ipv4.ip_forward is off", "sysctl -w net.ipv4.ip_forward=1"),
                        v6 -> assertThat(v6).contains("sysctl -w net.ipv6.conf.all.forwarding=1"),
                        strict -> assertThat(strict).contains("sysctl -w net.ipv4.conf.eth0.rp_filter=2"));
        var ready = List.of("net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1", "net/ipv4/conf/eth0/rp_filter=2");
        assertThat(findings(config, host(ready, "nft"), true)).isEmpty();
        assertThat(findings(config, host(List.of("net/ipv4/ip_nonlocal_bind=1")), false)).isEmpty();
    }

    @Test
    void thisMachineAnswers() {
        var here = Machine.local();
        assertThat(here.interfaceOf(IpAddress.of("127.0.0.1"))).contains("lo");
        assertThat(here.setting("net/ipv4/ip_forward")).isPresent();
        assertThat(here.setting("net/no/such")).isEmpty();
        assertThat(here.isBridge("lo")).isFalse();
        assertThat(here.kernel()).isGreaterThan(new KernelVersion(2, 6));
        assertThat(here.programs("lo")).isEmpty();
        assertThat(here.programs("no-such")).isEmpty();
    }
}
