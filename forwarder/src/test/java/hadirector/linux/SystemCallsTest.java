package hadirector.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SystemCallsTest {
    @Test
    void aFailedCallNamesItselfAndTheError() {
        assertThatThrownBy(() -> Descriptors.open(Path.of("/no/such/file")))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open(/no/such/file): ENOENT, no such entry")
                .extracting(e -> ((ErrnoException) e).errno())
                .isEqualTo(Errno.ENOENT);
    }

    @Test
    void anUnknownErrorIsShownAsItsNumber() {
        assertThat(Errno.text(4711)).isEqualTo("errno 4711");
    }

    @Test
    void everyArchitectureThatWeNameHasItsBpfNumber() {
        assertThat(Abi.of("amd64")).contains(new Abi("amd64", 321));
        assertThat(Abi.of("s390x")).contains(new Abi("s390x", 351));
        assertThat(Abi.of("sparcv9")).isEmpty();
    }

    @Test
    void kernelReleasesAreComparedByTheirNumbers() {
        assertThat(KernelVersion.parse("6.10.4-amd64")).isEqualByComparingTo(new KernelVersion(6, 10));
        assertThat(KernelVersion.parse("6.10.4")).isGreaterThan(new KernelVersion(6, 6));
        assertThat(KernelVersion.parse("something")).isEqualByComparingTo(new KernelVersion(0, 0));
    }

    @Test
    void capabilitiesAreReadFromTheMask() {
        assertThat(Capability.of(1L << 39 | 1L << 12))
                .containsExactlyInAnyOrder(Capability.CAP_BPF, Capability.CAP_NET_ADMIN);
    }

    @Test
    void aWakeUpEndsTheWaitAndIsForgottenAfterwards() {
        try (var poller = new Poller(1)) {
            poller.wake();
            poller.wake();
            poller.await(-1);
            poller.await(0);
            poller.wake();
            poller.await(-1);
        }
    }

    @Test
    void aReadyDescriptorShowsInItsSlotOnly() {
        int ready = Descriptors.eventfd();
        int idle = Descriptors.eventfd();
        try (var poller = new Poller(2);
                var arena = java.lang.foreign.Arena.ofConfined()) {
            int readySlot = poller.add(ready);
            int idleSlot = poller.add(idle);
            Descriptors.write(ready, arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_LONG, 1));
            poller.await(-1);
            assertThat(poller.isReady(readySlot)).isTrue();
            assertThat(poller.isReady(idleSlot)).isFalse();
            poller.remove(readySlot);
            poller.await(0);
            assertThat(poller.isReady(readySlot)).isFalse();
        } finally {
            Descriptors.close(ready);
            Descriptors.close(idle);
        }
    }
}
