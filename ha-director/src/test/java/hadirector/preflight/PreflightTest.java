package hadirector.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.config.DirectorConfig;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.keys.Identity;
import hadirector.keys.KeyTrouble;
import hadirector.linux.KernelVersion;
import hadirector.model.AccessList;
import hadirector.model.Endpoint;
import hadirector.model.ForwardingMethod;
import hadirector.model.IpAddress;
import hadirector.model.Prefix;
import hadirector.model.Protocol;
import hadirector.model.RealServer;
import hadirector.model.SchedulerKind;
import hadirector.model.ServiceOptions;
import hadirector.model.SyncMode;
import hadirector.model.Timeouts;
import hadirector.model.TunnelKind;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PreflightTest {
    private static final String CLUSTER = "10.9.0.1";
    private static final String VIP = "192.0.2.10";

    /// A machine of Linux 6.12 whose eth0 has these addresses (`... lo`: that has), with these settings (`net/ipv4/ip_forward=1`), and these facts of
    /// its own: `bridge`, `nft`, `5.15`, `xdp cil`, `no route`, `jumbo`, `no keys`.
    private record Host(List<String> addresses, List<String> settings, List<String> facts) implements Machine {
        @Override
        public Optional<String> interfaceOf(IpAddress address) {
            if (addresses.contains(address + " lo")) {
                return Optional.of("lo");
            }
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
        public Optional<Way> way(IpAddress destination) {
            return is("no route") ? Optional.empty() : Optional.of(new Way("eth1", is("jumbo") ? 9000 : 1500));
        }

        @Override
        public List<KeyTrouble> keys(Path file, Identity self) {
            return is("no keys") ? List.of(new KeyTrouble(file + " of " + self + " is not there", "director keys")) : List.of();
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
        return config(cluster, vip, candidate, masquerade, Map.of());
    }

    private static DirectorConfig config(
            String cluster, String vip, String candidate, List<Prefix> masquerade, Map<String, VirtualService> services) {
        var group = new VipGroup(
                "web", List.of(new Vip(IpAddress.of(vip), 24, "eth0")), List.of(), Map.of(candidate, 1), false, masquerade);
        return new DirectorConfig(
                "lb1",
                Engine.of(EngineChoice.AUTO),
                1024,
                Cluster.of("edge", Map.of("lb1", Endpoint.of(cluster + ":7800")), Duration.ofMillis(600))
                        .encrypted(Path.of("/keys")),
                Path.of("/nowhere"),
                Optional.empty(),
                Map.of("web", group),
                services);
    }

    private static DirectorConfig tunnelled(OptionalInt mssClamp) {
        var server = new RealServer(
                Endpoint.of("10.2.0.11:80"), 1, ForwardingMethod.TUNNEL, Optional.of(new TunnelKind.Gue(6080)));
        var service = new VirtualService(
                "shop",
                "web",
                Protocol.TCP,
                Endpoint.of(VIP + ":80"),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(server),
                new ServiceOptions(AccessList.OPEN, false, ServiceOptions.HALF_OPEN_MAX, mssClamp, SyncMode.ASYNC));
        return config(CLUSTER, VIP, "lb1", List.of(), Map.of("shop", service));
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
    void whatIsWrongWithTheDirectorsOwnKeysIsFound() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), host(List.of(), "no keys"), true))
                .containsExactly("/keys/lb1.pem of lb1 of cluster edge is not there; mend it by: director keys");
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

    private static DirectorConfig withServer(String vip, String realServer, ForwardingMethod method) {
        var service = new VirtualService(
                "shop",
                "web",
                Protocol.TCP,
                new Endpoint(IpAddress.of(vip), 80),
                SchedulerKind.RR,
                Timeouts.IPVS,
                Optional.empty(),
                List.of(new RealServer(new Endpoint(IpAddress.of(realServer), 80), 1, method)));
        return config(CLUSTER, vip, "lb1", List.of(), Map.of("shop", service));
    }

    @Test
    void aDirectorThatIsADirectRealserverHoldsTheVipHidden() {
        var direct = withServer(VIP, CLUSTER, ForwardingMethod.DIRECT_ROUTING);
        var silent = List.of("net/ipv4/conf/all/arp_ignore=1");
        assertThat(findings(direct, new Host(List.of(CLUSTER, VIP + " lo"), silent, List.of()), true)).isEmpty();
        assertThat(findings(direct, new Host(List.of(CLUSTER, VIP + " lo"), List.of(), List.of()), true))
                .singleElement().asString().contains("answers ARP for it on eth0", "dr-setup 192.0.2.10");
        assertThat(findings(direct, host(CLUSTER), true))
                .singleElement().asString().contains("without having that address", "dr-setup 192.0.2.10");
        assertThat(findings(direct, new Host(List.of(CLUSTER, VIP), silent, List.of()), true))
                .singleElement().asString().startsWith("192.0.2.10 is configured on eth0");
        var elsewhere = withServer(VIP, "10.9.0.7", ForwardingMethod.DIRECT_ROUTING);
        assertThat(findings(elsewhere, new Host(List.of(CLUSTER, VIP + " lo"), silent, List.of()), true))
                .singleElement().asString().startsWith("192.0.2.10 is configured on lo");
        assertThat(findings(withServer(VIP, CLUSTER, ForwardingMethod.NAT), host(CLUSTER), true)).isEmpty();
    }

    @Test
    void aLoopbackAddressTakesASettingForNatAndIsOutOfReachOverIpv6() {
        var loopback = withServer(VIP, "127.0.0.1", ForwardingMethod.NAT);
        assertThat(findings(loopback, host(CLUSTER), true))
                .singleElement().asString().contains("127.0.0.1", "sysctl -w net.ipv4.conf.eth0.route_localnet=1");
        assertThat(findings(loopback, host(List.of("net/ipv4/conf/eth0/route_localnet=1")), true)).isEmpty();
        assertThat(findings(withServer("2001:db8::10", "::1", ForwardingMethod.NAT), host(CLUSTER), true))
                .singleElement().asString().contains("that is not loopback");
        assertThat(findings(loopback, host(CLUSTER, VIP), false)).isEmpty();
    }

    @Test
    void tunnelsNeedARouteAndRoomForTheirHeaders() {
        var usual = tunnelled(OptionalInt.empty());
        assertThat(findings(usual, host(List.of(), "no route"), true))
                .containsExactly("there is no route to 10.2.0.11, a realserver of shop by method tun; mend it by: ip route add 10.2.0.11 via GATEWAY");
        assertThat(findings(usual, host(List.of()), true))
                .containsExactly("packets of shop grow by 32 bytes in the tunnel to 10.2.0.11 and eth1 takes 1500: clients that do not hear"
                        + " ICMP will hang; mend it by: mss-clamp = 1428 in the service; or a greater MTU on all the way to the realserver");
        assertThat(findings(usual, host(List.of(), "jumbo"), true)).isEmpty();
        assertThat(findings(tunnelled(OptionalInt.of(1400)), host(List.of()), true)).isEmpty();
        assertThat(findings(usual, host(List.of("net/ipv4/ip_nonlocal_bind=1")), false)).isEmpty();
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
        assertThat(here.way(IpAddress.of("127.0.0.1"))).get().extracting(Machine.Way::interfaceName).isEqualTo("lo");
    }
}
