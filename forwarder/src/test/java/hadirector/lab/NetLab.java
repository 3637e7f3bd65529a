package hadirector.lab;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// A network of namespaces on this machine. Its names begin with a prefix of its own, so that labs run side by side;
/// [#close] takes everything down, whatever happened in between, and so does the end of the JVM.
///
/// ```java
/// try (var lab = new NetLab()) {
///     var lan = lab.segment("lan");
///     var client = lab.host("client");
///     client.nic("eth0", lan, "10.0.0.1/24");
///     client.with("ip route add default via 10.0.0.254");
///     Socket socket = client.in(() -> new Socket("10.0.0.2", 80));
///     LabProcess server = lab.host("rs1").start("nginx", "-g", "daemon off;");
/// }
/// ```
public final class NetLab implements AutoCloseable {
    private static final Set<NetLab> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(NetLab::close), "close labs"));
    }

    private final String prefix = "hd%06x".formatted(ThreadLocalRandom.current().nextInt(0x1000000));
    private final String switchNamespace = prefix + "-switch";
    private final List<Host> hosts = new ArrayList<>();
    private int ports;

    public NetLab() {
        addNamespace(switchNamespace);
        OPEN.add(this);
        var bridge = new Host(this, "switch", switchNamespace);
        hosts.add(bridge);
        quiet(bridge);
    }

    /// A host with a loopback interface only.
    public Host host(String name) {
        String namespace = prefix + "-" + name;
        addNamespace(namespace);
        var host = new Host(this, name, namespace);
        hosts.add(host);
        quiet(host);
        host.with("ip link set lo up");
        return host;
    }

    /// A new broadcast domain; the name has at most 13 letters.
    public Segment segment(String name) {
        var segment = new Segment("br" + name);
        inSwitch("ip link add " + segment.bridge() + " type bridge forward_delay 0 stp_state 0 mcast_snooping 0");
        inSwitch("ip link set " + segment.bridge() + " up");
        return segment;
    }

    /// Connects two hosts by a veth pair of their own, without a bridge.
    public void cable(Host left, String leftName, Host right, String rightName) {
        Commands.run(
                Commands.words(
                        "ip link add %s netns %s type veth peer name %s netns %s"
                                .formatted(leftName, left.namespace(), rightName, right.namespace())));
        left.with("ip link set " + leftName + " up");
        right.with("ip link set " + rightName + " up");
    }

    /// Runs a command in the namespace of the bridges.
    public void inSwitch(String command) {
        hosts.getFirst().with(command);
    }

    Nic plug(Host host, String interfaceName, Segment segment) {
        String port = "p" + ports++;
        Commands.run(
                Commands.words(
                        "ip link add %s netns %s type veth peer name %s netns %s"
                                .formatted(interfaceName, host.namespace(), port, switchNamespace)));
        inSwitch("ip link set " + port + " master " + segment.bridge() + " up");
        host.with("ip link set " + interfaceName + " up");
        return new Nic(this, host, interfaceName, port);
    }

    @Override
    public void close() {
        OPEN.remove(this);
        hosts.forEach(Host::endProcesses);
        hosts.forEach(NetLab::endOrphans);
        hosts.forEach(host -> Commands.tryRun(List.of("ip", "netns", "del", host.namespace())));
        hosts.clear();
    }

    static void dumpAll(PrintStream to) {
        OPEN.forEach(lab -> lab.hosts.forEach(host -> to.print(host.dump())));
    }

    /// What still runs inside was left behind by a process of ours, such as the workers of a server that a test killed.
    private static void endOrphans(Host host) {
        Commands.tryRun(List.of("ip", "netns", "pids", host.namespace())).output().lines()
                .filter(line -> line.matches("\\d+"))
                .map(Long::parseLong)
                .filter(pid -> pid != ProcessHandle.current().pid())
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .forEach(ProcessHandle::destroyForcibly);
    }

    private static void addNamespace(String namespace) {
        Commands.run(List.of("ip", "netns", "add", namespace));
    }

    /// No IPv6 chatter, no duplicate address detection; bridged frames are not shown to the host's firewall.
    private static void quiet(Host host) {
        host.shell(
                """
                cd /proc/sys/net
                for f in ipv6/conf/all/disable_ipv6 ipv6/conf/default/disable_ipv6; do [ ! -e $f ] || echo 1 > $f; done
                for f in bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done
                """);
    }
}
