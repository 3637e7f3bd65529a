package hadirector.lab;

import hadirector.linux.Namespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A machine of the lab: a network namespace.
public final class Host {
    private static final Duration CALL_MAX = Duration.ofSeconds(60);

    private final NetLab lab;
    private final String name;
    private final String namespace;
    private final List<LabProcess> processes = Collections.synchronizedList(new ArrayList<>());

    Host(NetLab lab, String name, String namespace) {
        this.lab = lab;
        this.name = name;
        this.namespace = namespace;
    }

    public String name() {
        return name;
    }

    /// The name that `ip netns` knows.
    public String namespace() {
        return namespace;
    }

    /// Plugs a new interface with the given addresses (`10.0.0.1/24`) into a segment; those of IPv6 are good at once.
    public Nic nic(String interfaceName, Segment segment, String... addresses) {
        var nic = lab.plug(this, interfaceName, segment);
        for (String address : addresses) {
            with("ip addr add " + address + " dev " + interfaceName + (address.contains(":") ? " nodad" : ""));
        }
        return nic;
    }

    /// Runs a command inside and waits; fails unless it exits with 0. Words are separated by blanks, without a shell.
    public Host with(String command) {
        Commands.run(inside(Commands.words(command)));
        return this;
    }

    /// Runs lines of shell inside; fails unless they exit with 0.
    public String shell(String script) {
        return Commands.run(inside(List.of("sh", "-ec", script)));
    }

    /// What a command that must succeed says.
    public String output(String command) {
        return Commands.run(inside(Commands.words(command)));
    }

    /// What a command says, whether it succeeds or not.
    public String tryOutput(String command) {
        return Commands.tryRun(inside(Commands.words(command))).output();
    }

    /// Writes a sysctl of this namespace, as `net.ipv4.ip_forward`.
    public Host sysctl(String key, String value) {
        in(() -> java.nio.file.Files.writeString(Path.of("/proc/sys", key.replace('.', '/')), value));
        return this;
    }

    /// Turns IPv6 on, which the lab keeps quiet, without duplicate address detection: addresses are good at once.
    public Host ipv6() {
        shell("cd /proc/sys/net/ipv6/conf; for f in */accept_dad */disable_ipv6; do echo 0 > $f; done");
        return this;
    }

    /// Runs `body` on a platform thread inside and returns its value. Sockets that it opens stay inside for life, whichever
    /// thread uses them later.
    public <T> T in(Callable<T> body) {
        var value = new CompletableFuture<T>();
        Thread.ofPlatform().daemon().name(name).start(() -> enterAndComplete(body, value));
        try {
            return value.get(CALL_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException runtime ? runtime : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer inside " + name + " within " + CALL_MAX, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Starts a daemon thread inside.
    public Thread thread(String threadName, Runnable body) {
        return Thread.ofPlatform().daemon().name(name + " " + threadName).start(() -> {
            Namespaces.enterNetwork(path());
            body.run();
        });
    }

    /// Starts a process inside; the lab kills it at the end.
    public LabProcess start(String... command) {
        return start(Map.of(), List.of(command));
    }

    /// Starts a JVM inside that runs `main` with the class path of this one.
    public LabProcess startJava(Class<?> main, String... arguments) {
        return startJava(List.of(), main, arguments);
    }

    /// The same with further options of the JVM.
    public LabProcess startJava(List<String> options, Class<?> main, String... arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return start(Map.of(), command);
    }

    public LabProcess start(Map<String, String> environment, List<String> command) {
        var builder = new ProcessBuilder(inside(command)).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            var process = new LabProcess(name + ": " + command.getFirst(), builder.start());
            processes.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// State of the network and last words of the processes.
    public String dump() {
        var text = new StringBuilder("=== ").append(name).append(" (").append(namespace).append(")\n");
        for (String command : List.of("ip -s -br addr", "ip -s link", "ip route", "ip -6 route", "ip neigh", "nstat -a")) {
            text.append("--- ").append(command).append('\n').append(tryOutput(command));
        }
        for (var process : List.copyOf(processes)) {
            String said = process.output();
            text.append("--- ").append(process).append('\n').append(said, Math.max(0, said.length() - 8000), said.length());
        }
        return text.append('\n').toString();
    }

    void endProcesses() {
        List.copyOf(processes).forEach(LabProcess::end);
    }

    private Path path() {
        return Path.of("/run/netns", namespace);
    }

    private List<String> inside(List<String> words) {
        return Commands.joined(List.of("ip", "netns", "exec", namespace), words);
    }

    private <T> void enterAndComplete(Callable<T> body, CompletableFuture<T> value) {
        try {
            Namespaces.enterNetwork(path());
            value.complete(body.call());
        } catch (Exception | AssertionError e) {
            value.completeExceptionally(e);
        }
    }
}
