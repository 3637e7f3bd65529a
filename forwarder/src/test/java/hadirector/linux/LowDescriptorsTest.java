package hadirector.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LowDescriptorsTest {
    @Test
    void whatIsClosedLastStandsBelowTheRestWheneverItWasOpened() {
        LowDescriptors.reserve();
        int link = LowDescriptors.last(Descriptors.eventfd());
        int socket = LowDescriptors.late(Descriptors.eventfd());
        int connection = Descriptors.eventfd();
        int laterSocket = LowDescriptors.late(Descriptors.eventfd());
        int laterLink = LowDescriptors.last(Descriptors.eventfd());
        try {
            assertThat(Math.max(link, laterLink)).isLessThan(Math.min(socket, laterSocket));
            assertThat(Math.max(socket, laterSocket)).isLessThan(connection);
        } finally {
            List.of(link, socket, connection, laterSocket, laterLink).forEach(Descriptors::close);
        }
    }

    @Test
    void aMovedDescriptorIsTheOneThatItWasAndLeavesNothingBehind() throws IOException {
        Descriptors.close(LowDescriptors.last(Descriptors.eventfd()));
        int before = Descriptors.eventfd();
        int moved = LowDescriptors.last(before);
        assertThat(target(moved)).contains("eventfd");
        assertThat(Path.of("/proc/self/fd/" + before)).doesNotExist();
        Descriptors.close(moved);
        assertThat(target(moved)).isEqualTo("/dev/null");
    }

    @Test
    void whenTheLowNumbersAreUsedUpDescriptorsStayWhereTheyAre() throws IOException {
        var taken = new ArrayList<Integer>();
        try {
            for (int i = 0; i < 200; i++) {
                taken.add(LowDescriptors.late(Descriptors.eventfd()));
            }
            assertThat(taken).doesNotHaveDuplicates();
            for (int fd : taken) {
                assertThat(target(fd)).contains("eventfd");
            }
        } finally {
            taken.forEach(Descriptors::close);
        }
    }

    private static String target(int fd) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    }
}
