package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.lab.Lab;
import org.junit.jupiter.api.AfterAll;

/// Established connections go through the kernel alone.
@Lab
class LocalNodeLabTest extends LocalNodeTests {
    LocalNodeLabTest() {
        super(new EngineOptions(10_000, true, EngineOptions.Accelerate.OFF));
    }

    @AfterAll
    void mostWentThroughTheKernel() {
        assertThat(lab.count(Counter.FRAMES_OFFLOADED) * 2).isGreaterThan(lab.count(Counter.FRAMES_FORWARDED));
    }
}
