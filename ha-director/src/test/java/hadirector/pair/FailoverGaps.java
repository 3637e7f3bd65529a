package hadirector.pair;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures the gap that a client sees at 1 ms UDP probes for each way to lose the holder, and whether a hundred TCP connections
/// live on. A program, not a test: `deploy/bench/failover [ROUNDS]`.
public final class FailoverGaps {
    private static final Duration QUIET = Duration.ofMillis(1_500);
    private static final int CONNECTIONS = 100;
    private static final int NICS = 3;

    private final DirectorPair pair;
    private String holder = "lb1";

    private FailoverGaps(DirectorPair pair) {
        this.pair = pair;
    }

    /// Takes the group from `holder` and makes sure that both are whole again under the other.
    @FunctionalInterface
    private interface Fault {
        void strike(String holder, Runnable takenOver) throws Exception;
    }

    /// @param words number of rounds of each fault, default 5
    public static void main(String[] words) throws Exception {
        int rounds = words.length == 0 ? 5 : Integer.parseInt(words[0]);
        try (var pair = new DirectorPair(3)) {
            pair.config(pair.service("shop", "tcp", 80) + pair.service("probe", "udp", 80)).startBoth();
            new FailoverGaps(pair).run(rounds);
        }
    }

    private void run(int rounds) throws Exception {
        var faults = new LinkedHashMap<String, Fault>();
        faults.put("planned: failover command", this::command);
        faults.put("planned: SIGTERM", this::terminate);
        faults.put("kill -9", this::kill);
        faults.put("all links down", this::unplug);
        faults.put("freeze (SIGSTOP)", this::freeze);
        System.out.printf("%-28s %8s %8s %8s   %s%n", "fault (" + rounds + " rounds)", "min ms", "median", "max", "TCP lost");
        for (Map.Entry<String, Fault> fault : faults.entrySet()) {
            measure(fault.getKey(), fault.getValue(), rounds);
        }
    }

    private void measure(String name, Fault fault, int rounds) throws Exception {
        var gaps = new ArrayList<Long>();
        var lost = new ArrayList<String>();
        for (int round = 0; round < rounds; round++) {
            try (var probe = pair.gapProbe(80);
                    var clients = pair.pingPong(CONNECTIONS)) {
                Thread.sleep(QUIET);
                var _ = probe.takeGap();
                fault.strike(holder, () -> settleClients(probe, gaps));
                lost.addAll(clients.failures());
            }
            holder = other(holder);
            pair.awaitSettled(holder);
        }
        gaps.sort(null);
        System.out.printf(
                "%-28s %8d %8d %8d   %d of %d%n",
                name, gaps.getFirst(), gaps.get(gaps.size() / 2), gaps.getLast(), lost.size(), rounds * CONNECTIONS);
        lost.stream().limit(3).forEach(why -> System.out.println("    " + why));
    }

    private static void settleClients(GapProbe probe, List<Long> gaps) {
        try {
            Thread.sleep(QUIET);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        gaps.add(probe.takeGap().toMillis());
    }

    private static String other(String director) {
        return director.equals("lb1") ? "lb2" : "lb1";
    }

    private void command(String from, Runnable takenOver) throws Exception {
        int exit = pair.cli(from, "failover", "web", "--to", other(from)).awaitExit(Duration.ofSeconds(20));
        if (exit != 0) {
            throw new IllegalStateException("director failover: exit " + exit);
        }
        takenOver.run();
    }

    private void terminate(String from, Runnable takenOver) throws Exception {
        pair.process(from).signal("TERM");
        pair.awaitHolder(other(from), other(from));
        takenOver.run();
        var _ = pair.process(from).awaitExit(Duration.ofSeconds(20));
        var _ = pair.start(from);
    }

    private void kill(String from, Runnable takenOver) throws Exception {
        pair.process(from).kill();
        pair.awaitHolder(other(from), other(from));
        takenOver.run();
        var _ = pair.start(from);
    }

    private void unplug(String from, Runnable takenOver) throws Exception {
        for (int nic = 0; nic < NICS; nic++) {
            pair.nic(from, nic).unplug();
        }
        pair.awaitHolder(other(from), other(from));
        takenOver.run();
        for (int nic = 0; nic < NICS; nic++) {
            pair.nic(from, nic).plug();
        }
    }

    private void freeze(String from, Runnable takenOver) throws Exception {
        pair.process(from).signal("STOP");
        pair.awaitHolder(other(from), other(from));
        takenOver.run();
        pair.process(from).signal("CONT");
    }
}
