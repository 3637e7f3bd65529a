package hadirector.sync;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.group.JGroupsChannel;
import hadirector.model.Arbiter;
import hadirector.model.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A process that replicates and nothing else: `Replica SELF HOLDER NAME=ADDRESS:PORT...`. The holder changes its
/// table without end, the others copy it and say when the copy becomes complete; the channel logs the views. Several
/// links: `NAME=ADDRESS:PORT+ADDRESS:PORT`.
public final class Replica {
    private static final int KEYS = 20_000;
    private static final int CHANGES_PER_MILLI = 50;

    private Replica() {}

    public static void main(String[] args) throws Exception {
        String self = args[0];
        String holder = args[1];
        Map<String, List<Endpoint>> members = new LinkedHashMap<>();
        for (int i = 2; i < args.length; i++) {
            String[] member = args[i].split("=", -1);
            members.put(member[0], Stream.of(member[1].split("\\+", -1)).map(Endpoint::of).toList());
        }
        var detection = Duration.ofMillis(Integer.getInteger("replica.detection", 2_000));
        var keys = Optional.ofNullable(System.getProperty("replica.keys")).map(Path::of);
        var cluster =
                new Cluster("lab", members, detection, Cluster.usualLease(detection), new Arbiter.None(), keys);
        var node = new Node(self, new JGroupsChannel(cluster, self), 1 << 14);
        System.out.println("joined");
        if (self.equals(holder)) {
            changeWithoutEnd(node);
        }
        node.sync.requestSnapshot(holder, Node.GROUP);
        sayWhenComplete(node);
    }

    private static void changeWithoutEnd(Node node) {
        var random = new Random(1);
        while (true) {
            for (int i = 0; i < CHANGES_PER_MILLI; i++) {
                node.table.put(random.nextInt(KEYS), random.nextInt());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void sayWhenComplete(Node node) {
        int said = 0;
        while (true) {
            int verified = node.table.verified();
            if (verified > said && node.sync.snapshot(Node.GROUP) == SnapshotState.COMPLETE) {
                said = verified;
                System.out.println("verified=" + verified + " wrong=" + node.table.wrong() + ".");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
