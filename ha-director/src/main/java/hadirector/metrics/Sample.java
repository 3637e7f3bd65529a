package hadirector.metrics;

import io.micrometer.core.instrument.Tags;

/// One value of one series at the moment of a scrape.
///
/// @param name with dots; Micrometer makes the Prometheus name of it, and appends `unit` and `_total`
/// @param unit base unit, empty for a bare number
record Sample(Kind kind, String name, String unit, String help, Tags tags, double value) {
    enum Kind {
        GAUGE,
        /// Only grows while the director runs.
        COUNTER
    }

    static Sample gauge(String name, String unit, String help, Tags tags, Number value) {
        return new Sample(Kind.GAUGE, "hadirector." + name, unit, help, tags, value.doubleValue());
    }

    static Sample counter(String name, String unit, String help, Tags tags, Number value) {
        return new Sample(Kind.COUNTER, "hadirector." + name, unit, help, tags, value.doubleValue());
    }
}
