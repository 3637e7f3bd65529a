package hadirector.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.config.DirectorConfig;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.Endpoint;
import hadirector.model.IpAddress;
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

    /// A machine whose eth0 has these addresses.
    private record Host(boolean bindsForeignAddresses, List<String> addresses) implements Machine {
        @Override
        public Optional<String> interfaceOf(IpAddress address) {
            return addresses.contains(address.toString()) ? Optional.of("eth0") : Optional.empty();
        }
    }

    private static DirectorConfig config(String cluster, String vip, String candidate) {
        var group = new VipGroup(
                "web", List.of(new Vip(IpAddress.of(vip), 24, "eth0")), List.of(), Map.of(candidate, 1), false);
        return new DirectorConfig(
                "lb1",
                Engine.of(EngineChoice.AUTO),
                1024,
                new Cluster("edge", Map.of("lb1", Endpoint.of(cluster + ":7800")), Duration.ofMillis(600)),
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
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(false, List.of(CLUSTER)), true)).isEmpty();
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(false, List.of(CLUSTER, VIP)), false)).isEmpty();
        assertThat(findings(config("127.0.0.1", "127.0.1.10", "lb1"), new Host(false, List.of()), false)).isEmpty();
    }

    @Test
    void aVipThatTheHostHasIsFoundWithTheCommandThatRemovesIt() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(false, List.of(CLUSTER, VIP)), true))
                .singleElement()
                .asString()
                .startsWith("192.0.2.10 is configured on eth0")
                .contains("ip address del 192.0.2.10/24 dev eth0");
    }

    @Test
    void aVipOfOthersIsNoneOfOurConcern() {
        assertThat(findings(config(CLUSTER, VIP, "lb2"), new Host(false, List.of(CLUSTER, VIP)), true)).isEmpty();
    }

    @Test
    void aClusterAddressThatIsNotThereIsFound() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(false, List.of()), true))
                .singleElement()
                .asString()
                .startsWith("the cluster address 10.9.0.1 of lb1 is on no interface");
    }

    @Test
    void theProxyEngineNeedsItsVipOnTheHostOrLeaveToBindIt() {
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(false, List.of(CLUSTER)), false))
                .singleElement()
                .asString()
                .contains("cannot bind 192.0.2.10", "ip address add 192.0.2.10/24 dev eth0");
        assertThat(findings(config(CLUSTER, VIP, "lb1"), new Host(true, List.of(CLUSTER)), false)).isEmpty();
    }
}
