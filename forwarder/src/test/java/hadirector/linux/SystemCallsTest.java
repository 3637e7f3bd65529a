package hadirector.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /// asm/unistd_64.h of Linux 6.1's headers (Debian's linux-libc-dev-*-cross). Of these architectures' headers too: the socket options, flags of
    /// files and of memory, events of poll and errors that this package knows are the same; alpha, mips, parisc and sparc have others of their own.
    @ParameterizedTest
    @CsvSource({"amd64, 321", "aarch64, 280", "s390x, 351", "ppc64le, 361", "riscv64, 280"})
    void everyArchitectureThatWeNameHasItsBpfNumber(String name, int number) {
        assertThat(Abi.of(name)).contains(new Abi(name, number));
    }

    @Test
    void anArchitectureWithOtherConstantsIsNotKnown() {
        assertThat(Stream.of("alpha", "mips64", "mips64el", "parisc64", "sparcv9").map(Abi::of)).containsOnly(Optional.empty());
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
