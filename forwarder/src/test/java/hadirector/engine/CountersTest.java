package hadirector.engine;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.fastpath.Verdict;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CountersTest {
    @Test
    void whatTheProgramsCountHasACounterOfTheSameName() {
        assertThat(Arrays.stream(Verdict.values()).map(Verdict::name))
                .isSubsetOf(Arrays.stream(Counter.values()).map(Counter::name).toList());
    }
}
