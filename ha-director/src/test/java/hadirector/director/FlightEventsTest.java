package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {
    @TempDir private Path folder = Path.of("");

    @Test
    void aRecordingShowsRolesAndLeasesThatRanOut() throws Exception {
        var file = folder.resolve("flight.jfr");
        try (var recording = new Recording()) {
            recording.enable("hadirector.RoleChange");
            recording.enable("hadirector.Fenced");
            recording.start();
            FlightEvents.happened(new EventLog.Entry(0, 0, "active", Map.of("group", "web", "epoch", "7")));
            FlightEvents.happened(new EventLog.Entry(0, 0, "fenced", Map.of("groups", "web", "pause-ms", "2600")));
            FlightEvents.happened(new EventLog.Entry(0, 0, "links", Map.of("down", "none")));
            recording.stop();
            recording.dump(file);
        }
        var events = RecordingFile.readAllEvents(file);
        assertThat(events)
                .extracting(event -> event.getEventType().getName())
                .containsExactlyInAnyOrder("hadirector.RoleChange", "hadirector.Fenced");
        assertThat(events)
                .filteredOn(event -> event.hasField("role"))
                .allSatisfy(event -> {
                    assertThat(event.getString("role")).isEqualTo("active");
                    assertThat(event.getString("epoch")).isEqualTo("7");
                });
    }
}
