package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.IpAddress;
import hadirector.model.IpvsSync;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IpvsSyncConfigTest {
    private static final String ADMIN = "admin-socket = \"/run/ha-director/admin.sock\"";

    @TempDir
    private Path directory = Path.of("");

    private ConfigFile file(String ipvsSync) {
        return new ConfigFile(directory, Sample.with(ADMIN, ADMIN + "\n  ipvs-sync " + ipvsSync));
    }

    @Test
    void theDefaultsAreTheKernels() {
        assertThat(file("{ interface = eth1, receive = on }").config().ipvsSync())
                .contains(new IpvsSync(
                        "eth1", true, false, false, 0, IpAddress.of("224.0.0.81"), 8848, Duration.ofMinutes(1), 1472));
        assertThat(new ConfigFile(directory, Sample.TEXT).config().ipvsSync()).isEmpty();
    }

    @Test
    void everythingCanBeSet() {
        assertThat(file("""
                        { interface = eth0, receive = on, send = on, hold-back = on, sync-id = 255,
                          group = "ff02::51", port = 9000, refresh = 30s }""")
                        .config()
                        .ipvsSync())
                .contains(new IpvsSync(
                        "eth0", true, true, true, 255, IpAddress.of("ff02::51"), 9000, Duration.ofSeconds(30), 1452));
        assertThat(file("{ interface = eth1, send = on, message-max = 8900 }").config().ipvsSync())
                .map(IpvsSync::lengthMax)
                .contains(8900);
    }

    @Test
    void theProxyEngineHasNothingToTell() {
        var proxy = new ConfigFile(
                directory,
                Sample.with(ADMIN, ADMIN + "\n  ipvs-sync { interface = eth1, send = on }").replace("engine = auto", "engine = proxy")
                        .replace(", method = dr", "").replace("gateways = [\"10.1.0.1/24@eth1\"]", ""));
        assertThat(proxy.warnings())
                .anySatisfy(line -> assertThat(line).contains("director.ipvs-sync: is set, but engine = proxy"));
    }

    @Test
    void onlyHoldBackChangesWithoutARestart() {
        var from = file("{ interface = eth1, receive = on, hold-back = on }").config();
        var to = file("{ interface = eth1, receive = on, send = on }").config();
        assertThat(ConfigDifference.between(from, to).lines()).containsExactly(
                "~ hold-back director.ipvs-sync: on -> off",
                "! director.ipvs-sync: receive on, send off by eth1, sync-id 0, 224.0.0.81 port 8848, refresh 1m, message-max 1472 -> "
                        + "receive on, send on by eth1, sync-id 0, 224.0.0.81 port 8848, refresh 1m, message-max 1472 (needs a restart)");
    }
}
