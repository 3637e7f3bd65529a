package hadirector.health;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.health.ProbeResult.NotRun;
import hadirector.health.ProbeResult.Passed;
import hadirector.health.ProbeResult.Refused;
import hadirector.health.ProbeResult.TimedOut;
import hadirector.model.Check;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthTest {
    /// `+` passed, `-` refused, `t` timed out, `.` not run; `U` up, `D` down, `?` unknown.
    @ParameterizedTest(name = "rise {0}, fall {1}: {2} gives {3}")
    @CsvSource({
        "2, 3, +--+---+-++, UUUUUUDDDDU",
        "2, 3, --+---+-++,  DDDDDDDDDU",
        "2, 3, -++,         DDU",
        "3, 1, +-++-+++,    UDDDDDDU",
        "1, 1, +-+-,        UDUD",
        "1, 1, t+t,         DUD",
        "2, 3, +t-t,        UUUD",
        "2, 3, ....,        ????",
        "2, 3, ..+,         ??U",
        "2, 3, ..-,         ??D",
        "2, 3, +--.-,       UUUUD",
        "2, 3, +--.+--.-,   UUUUUUUUD",
        "2, 3, -+.+,        DDDU",
        "1, 1, +.....,      UUUUUU",
    })
    void followsTheRiseAndFallRule(int rise, int fall, String results, String states) {
        var limits = new Check.Schedule(Duration.ofSeconds(2), Duration.ofSeconds(1), rise, fall);
        var health = Health.UNKNOWN;
        var found = new StringBuilder();
        for (int i = 0; i < results.length(); i++) {
            health = health.after(result(results.charAt(i)), limits);
            found.append(
                    switch (health.status()) {
                        case UP -> 'U';
                        case DOWN -> 'D';
                        case UNKNOWN -> '?';
                    });
        }
        assertThat(found).hasToString(states);
    }

    private static ProbeResult result(char letter) {
        return switch (letter) {
            case '+' -> new Passed(Duration.ofMillis(1));
            case '-' -> new Refused("Connection refused");
            case 't' -> new TimedOut(Duration.ofSeconds(1), "the connection");
            case '.' -> new NotRun("no such program");
            default -> throw new IllegalArgumentException("no result " + letter);
        };
    }
}
