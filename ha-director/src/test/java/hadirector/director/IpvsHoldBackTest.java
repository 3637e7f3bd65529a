package hadirector.director;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.admin.Answer;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import hadirector.model.IpvsSync;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class IpvsHoldBackTest {
    private static DirectorConfig config(boolean holdBack) {
        var config = TestConfig.shop().alone().of("lb1");
        var sync = new IpvsSync(
                "none0", true, true, holdBack, 0, IpvsSync.GROUP, IpvsSync.PORT, Duration.ofMinutes(1), 1472);
        return new DirectorConfig(
                config.name(),
                config.engine(),
                config.connectionsMax(),
                config.cluster(),
                config.adminSocket(),
                config.metrics(),
                config.groups(),
                config.services(),
                Optional.of(sync));
    }

    @Test
    void aDirectorThatHoldsBackClaimsNothingUntilAReloadLetsIt() throws Exception {
        var engine = new FakeEngine();
        var file = new AtomicReference<ConfigResult>(new ConfigResult.Valid(config(false), List.of()));
        try (var director = new Director(
                config(true), file::get, engine, new FakeMasquerade(), new FakeCluster().channel("lb1"))) {
            engine.events = director::engineEvent;
            director.start();
            var operations = director.operations();
            TestDirector.await("it says why", () ->
                    String.valueOf(operations.status().groups().getFirst().unfit()).contains("hold-back"));
            assertThat(engine.open()).isEmpty();
            TestDirector.await("it says what it cannot hear", () ->
                    operations.status().cluster().warnings().getOrDefault("ipvs-sync", "").contains("none0"));
            assertThat(operations.status().ipvs()).isNotNull();
            assertThat(operations.reload(false)).isInstanceOf(Answer.Done.class);
            TestDirector.await("it takes the group", () -> engine.open().containsKey("web"));
        }
    }
}
