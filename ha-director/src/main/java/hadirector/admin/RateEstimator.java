package hadirector.admin;

import hadirector.admin.StatusReport.Rates;
import hadirector.admin.StatusReport.Traffic;
import hadirector.engine.EngineStats;
import hadirector.model.Endpoint;
import java.util.HashMap;
import java.util.Map;

/// Rates from counts, smoothed as IPVS does (ip_vs_est.c): a quarter of the way to the rate of each interval. Call
/// [#sample] every 2 s. Safe for any thread.
public final class RateEstimator {
    private static final double SHARE = 0.25;
    private static final double NANOS = 1e9;

    private record Key(String service, Endpoint realServer) {}

    private record Estimate(Traffic at, Rates rates) {}

    private volatile Map<Key, Estimate> estimates = Map.of();
    private long sampledNanos;

    /// Takes in the counts at `now` (of System.nanoTime). A server seen for the first time starts at 0.
    public synchronized void sample(EngineStats stats, long now) {
        double seconds = (now - sampledNanos) / NANOS;
        sampledNanos = now;
        var next = new HashMap<Key, Estimate>();
        for (var service : stats.services()) {
            for (var server : service.servers()) {
                var key = new Key(service.name(), server.endpoint());
                var before = estimates.get(key);
                var traffic = Traffic.of(server);
                next.put(
                        key,
                        new Estimate(
                                traffic,
                                before == null || seconds <= 0
                                        ? Rates.NONE
                                        : step(before, traffic, seconds)));
            }
        }
        estimates = Map.copyOf(next);
    }

    public Rates rates(String service, Endpoint realServer) {
        var estimate = estimates.get(new Key(service, realServer));
        return estimate == null ? Rates.NONE : estimate.rates();
    }

    private static Rates step(Estimate before, Traffic now, double seconds) {
        var at = before.at();
        var rates = before.rates();
        return new Rates(
                step(rates.connections(), now.connections() - at.connections(), seconds),
                step(rates.packetsIn(), now.packetsIn() - at.packetsIn(), seconds),
                step(rates.packetsOut(), now.packetsOut() - at.packetsOut(), seconds),
                step(rates.bytesIn(), now.bytesIn() - at.bytesIn(), seconds),
                step(rates.bytesOut(), now.bytesOut() - at.bytesOut(), seconds));
    }

    /// A count that fell (the server was removed and came back) gives no rate below 0.
    private static double step(double rate, long difference, double seconds) {
        return rate + (Math.max(0, difference) / seconds - rate) * SHARE;
    }
}
