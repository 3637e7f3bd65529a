package hadirector.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorsTest {
    @Test
    void countsRangesAndSingles() {
        assertThat(Processors.count("0")).isEqualTo(1);
        assertThat(Processors.count("0-3")).isEqualTo(4);
        assertThat(Processors.count("0-1,4,8-9")).isEqualTo(5);
    }
}
