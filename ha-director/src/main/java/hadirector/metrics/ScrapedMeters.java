package hadirector.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps a registry's meters equal to the newest samples: new ones are registered, those that are gone are removed. One
/// thread at a time.
final class ScrapedMeters {
    private record Key(String name, Tags tags) {}

    private static final class Cell {
        private volatile double value;
        private @Nullable Meter meter;

        double value() {
            return value;
        }
    }

    private final MeterRegistry registry;
    private Map<Key, Cell> cells = Map.of();

    ScrapedMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void update(List<Sample> samples) {
        var next = new HashMap<Key, Cell>();
        for (var sample : samples) {
            var key = new Key(sample.name(), sample.tags());
            var cell = cells.getOrDefault(key, new Cell());
            cell.value = sample.value();
            next.put(key, cell);
            if (cell.meter == null) {
                cell.meter = register(sample, cell);
            }
        }
        cells.forEach((key, cell) -> {
            if (!next.containsKey(key) && cell.meter != null) {
                registry.remove(cell.meter);
            }
        });
        cells = next;
    }

    private Meter register(Sample sample, Cell cell) {
        String unit = sample.unit().isEmpty() ? null : sample.unit();
        return switch (sample.kind()) {
            case GAUGE ->
                    Gauge.builder(sample.name(), cell, Cell::value)
                            .tags(sample.tags())
                            .baseUnit(unit)
                            .description(sample.help())
                            .register(registry);
            case COUNTER ->
                    FunctionCounter.builder(sample.name(), cell, Cell::value)
                            .tags(sample.tags())
                            .baseUnit(unit)
                            .description(sample.help())
                            .register(registry);
        };
    }
}
