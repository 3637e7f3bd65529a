package hadirector.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.model.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProxyProbeTest {
    private static boolean answers(ProxyEngine engine, String address) {
        var answer = new CompletableFuture<Boolean>();
        engine.probe("lo", IpAddress.of(address), Duration.ofSeconds(5), answer::complete);
        return answer.orTimeout(ProxyLab.WAIT_SECONDS, TimeUnit.SECONDS).join();
    }

    @Test
    void aMachineIsReachedAndAVipIsNobodysAsFarAsThisEngineKnows() throws Exception {
        try (var lab = new ProxyLab()) {
            lab.engine.configure(List.of(ProxyLab.group("web")), List.of());
            assertThat(answers(lab.engine, "127.0.0.1")).isTrue();
            assertThat(answers(lab.engine, "127.0.2.10")).isFalse();
        }
    }
}
