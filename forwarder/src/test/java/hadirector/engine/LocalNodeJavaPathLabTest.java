package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Lab;
import org.junit.jupiter.api.Test;

/// Every packet, in and out, goes through Java.
@Lab
class LocalNodeJavaPathLabTest extends LocalNodeTests {
    LocalNodeJavaPathLabTest() {
        super(new EngineOptions(10_000, false, EngineOptions.Accelerate.OFF));
    }

    @Test
    void theKernelForwardsNothing() {
        assertThat(lab.who(LocalNodeLab.V4, LocalNodeLab.LOCAL)).isEqualTo("local");
        assertThat(lab.count(Counter.FRAMES_OFFLOADED)).isZero();
    }
}
