package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.model.IpvsSync;

/// What a running director can take from a new config.
final class Configs {
    private Configs() {}

    /// Groups and services of `next` with the settings of `running`, which need a restart.
    static DirectorConfig merged(DirectorConfig running, DirectorConfig next) {
        return new DirectorConfig(
                running.name(),
                running.engine(),
                running.connectionsMax(),
                running.cluster(),
                running.adminSocket(),
                running.metrics(),
                next.groups(),
                next.services(),
                running.ipvsSync().map(sync -> sync.holdingBack(next.ipvsSync().map(IpvsSync::holdBack).orElse(false))));
    }
}
