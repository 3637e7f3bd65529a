package hadirector.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private final Environment machine = Environment.ofThisMachine();

    @Test
    void knowsTheInterfacesOfThisMachine() throws Exception {
        var some = NetworkInterface.networkInterfaces().findFirst().orElseThrow();
        assertThat(machine.hasInterface(some.getName())).isTrue();
        assertThat(machine.hasInterface("no-such-link")).isFalse();
    }

    @Test
    void knowsANameOfThisMachine() {
        assertThat(machine.hostName()).isNotBlank().doesNotContain("\n");
    }
}
