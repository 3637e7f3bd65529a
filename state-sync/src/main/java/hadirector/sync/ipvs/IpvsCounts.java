package hadirector.sync.ipvs;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What [IpvsStats] are made of; any thread.
final class IpvsCounts {
    final LongAdder messagesReceived = new LongAdder();
    final LongAdder inherited = new LongAdder();
    final LongAdder messagesSent = new LongAdder();
    final LongAdder told = new LongAdder();
    private final Map<IpvsRefusal, LongAdder> refused = new EnumMap<>(IpvsRefusal.class);
    volatile @Nullable Instant heard;
    volatile @Nullable String receiveTrouble;
    volatile @Nullable String sendTrouble;

    IpvsCounts() {
        for (var why : IpvsRefusal.values()) {
            refused.put(why, new LongAdder());
        }
    }

    void refused(IpvsRefusal why) {
        refused.getOrDefault(why, new LongAdder()).increment();
    }

    IpvsStats stats() {
        var counts = new EnumMap<IpvsRefusal, Long>(IpvsRefusal.class);
        refused.forEach((why, count) -> {
            if (count.sum() > 0) {
                counts.put(why, count.sum());
            }
        });
        List<String> troubles = Stream.of(Optional.ofNullable(receiveTrouble), Optional.ofNullable(sendTrouble))
                .flatMap(Optional::stream)
                .toList();
        return new IpvsStats(
                Optional.ofNullable(heard),
                messagesReceived.sum(),
                inherited.sum(),
                messagesSent.sum(),
                told.sum(),
                counts,
                troubles);
    }
}
