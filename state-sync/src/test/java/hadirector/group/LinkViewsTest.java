package hadirector.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LinkViewsTest {
    private static final Map<String, Long> ALONE = Map.of("lb1", 1L);
    private static final Map<String, Long> BOTH = Map.of("lb1", 1L, "lb2", 2L);

    private final LinkViews views = new LinkViews(2);

    private List<List<String>> members(List<View> steps) {
        return steps.stream().map(step -> step.members().stream().sorted().toList()).toList();
    }

    @Test
    void aDirectorIsThereWhileAnyLinkHasIt() {
        assertThat(members(views.accept(0, ALONE, false))).containsExactly(List.of("lb1"));
        assertThat(views.accept(1, ALONE, false)).isEmpty();
        assertThat(members(views.accept(1, BOTH, false))).containsExactly(List.of("lb1", "lb2"));
        assertThat(views.way("lb2")).hasValue(1);
        assertThat(views.accept(0, BOTH, false)).isEmpty();
        assertThat(views.way("lb2")).hasValue(0);
        assertThat(views.accept(0, ALONE, false)).isEmpty();
        assertThat(views.way("lb2")).hasValue(1);
        assertThat(members(views.accept(1, ALONE, false))).containsExactly(List.of("lb1"));
        assertThat(views.way("lb2")).isEmpty();
    }

    @Test
    void ofTwoLinksThatHealTheFirstBringsTheMergeAndTheOtherNothing() {
        views.accept(0, ALONE, false);
        views.accept(1, ALONE, false);
        assertThat(views.accept(1, BOTH, true)).singleElement().satisfies(step -> {
            assertThat(step.merged()).isTrue();
            assertThat(step.members()).containsExactly("lb1", "lb2");
        });
        assertThat(views.accept(0, BOTH, true)).isEmpty();
    }

    /// Link 1 still has its old self, for as long as the detection there takes.
    @Test
    void aNewStartReplacesTheOldOneOnAllLinksWithAViewBetween() {
        views.accept(0, BOTH, false);
        views.accept(1, BOTH, false);
        var again = Map.of("lb1", 1L, "lb2", 3L);
        assertThat(members(views.accept(0, again, false))).containsExactly(List.of("lb1"), List.of("lb1", "lb2"));
        assertThat(views.seenBy(1)).containsExactly("lb1");
        assertThat(views.run("lb2")).isEqualTo(3);
        assertThat(views.accept(1, BOTH, false)).isEmpty();
        assertThat(views.seenBy(1)).containsExactly("lb1");
        assertThat(views.accept(1, again, false)).isEmpty();
        assertThat(views.seenBy(1)).contains("lb2");
    }

    @Test
    void aDirectorThatWasFrozenSeesTheMergeThoughItMissedNobody() {
        views.accept(0, BOTH, false);
        assertThat(views.accept(0, BOTH, true)).singleElement().satisfies(step -> assertThat(step.merged()).isTrue());
    }

    @Test
    void numbersGrow() {
        long first = views.accept(0, ALONE, false).getLast().number();
        assertThat(views.accept(1, BOTH, false).getLast().number()).isGreaterThan(first);
    }
}
