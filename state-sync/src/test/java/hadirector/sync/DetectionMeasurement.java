package hadirector.sync;

import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Task;
import hadirector.lab.Host;
import hadirector.lab.LabProcess;
import hadirector.lab.NetLab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How long faults take to be seen: two processes in namespaces, replication running, detection 600 ms. Run by hand as root:
/// `DetectionMeasurement ROUNDS tls|off`. Times are from the fault to the survivor's view, ms, lowest / median / highest.
public final class DetectionMeasurement {
    private static final long BOUND_NANOS = 30_000_000_000L;

    private DetectionMeasurement() {}

    private static LabProcess start(Host host, Path keys, boolean encrypted) {
        var options = new ArrayList<>(List.of("-Dreplica.detection=600"));
        if (encrypted) {
            options.add("-Dreplica.keys=" + keys);
        }
        return host.startJava(options, Replica.class, host.name(), "lb1", "lb1=10.66.0.1:7800", "lb2=10.66.0.2:7800");
    }

    /// When, in Unix ms, `of` first said a view with `what` behind `from`.
    private static long seen(LabProcess of, int from, String what) throws InterruptedException {
        long deadline = System.nanoTime() + BOUND_NANOS;
        while (System.nanoTime() - deadline < 0) {
            var line = of.output().substring(from).lines()
                    .filter(l -> l.contains("view number=") && l.contains(what)).findFirst();
            if (line.isPresent()) {
                return Instant.parse(line.get().split(" ", 2)[0]).toEpochMilli();
            }
            Thread.sleep(5);
        }
        throw new IllegalStateException("never " + what + ": " + of.output());
    }

    private static void print(String fault, List<Long> times) {
        Collections.sort(times);
        System.out.printf("%s: %d / %d / %d of %d%n",
                fault, times.getFirst(), times.get(times.size() / 2), times.getLast(), times.size());
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        boolean encrypted = args[1].equals("tls");
        var keys = Files.createTempDirectory("hadirector-keys");
        var _ = new KeyFolder(keys, "lab", Duration.ofDays(90), Instant.now()).run(Task.COMPLETE, List.of("lb1", "lb2"));
        try (var lab = new NetLab()) {
            var lan = lab.segment("ha");
            var one = lab.host("lb1");
            var two = lab.host("lb2");
            var _ = one.nic("eth0", lan, "10.66.0.1/24");
            var nic = two.nic("eth0", lan, "10.66.0.2/24");
            var survivor = start(one, keys, encrypted);
            seen(survivor, 0, "members=[lb1]");
            var other = start(two, keys, encrypted);
            seen(survivor, 0, "members=[lb1, lb2]");
            var kill = new ArrayList<Long>();
            var stop = new ArrayList<Long>();
            var cut = new ArrayList<Long>();
            var heal = new ArrayList<Long>();
            for (int i = 0; i < rounds; i++) {
                Thread.sleep(1_500);
                int from = survivor.output().length();
                long at = System.currentTimeMillis();
                other.signal("KILL");
                kill.add(seen(survivor, from, "members=[lb1]") - at);
                from = survivor.output().length();
                other = start(two, keys, encrypted);
                seen(survivor, from, "members=[lb1, lb2]");
                Thread.sleep(1_500);
                from = survivor.output().length();
                at = System.currentTimeMillis();
                other.signal("STOP");
                stop.add(seen(survivor, from, "members=[lb1]") - at);
                from = survivor.output().length();
                other.signal("CONT");
                seen(survivor, from, "merged=true");
                Thread.sleep(1_500);
                from = survivor.output().length();
                at = System.currentTimeMillis();
                nic.unplug();
                cut.add(seen(survivor, from, "members=[lb1]") - at);
                Thread.sleep(1_000);
                from = survivor.output().length();
                at = System.currentTimeMillis();
                nic.plug();
                heal.add(seen(survivor, from, "merged=true") - at);
            }
            print("kill -9", kill);
            print("SIGSTOP", stop);
            print("cut", cut);
            print("heal", heal);
        }
        System.exit(0);
    }
}
