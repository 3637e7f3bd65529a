package hadirector.director;

import hadirector.config.DirectorConfig;

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
                next.services());
    }
}
