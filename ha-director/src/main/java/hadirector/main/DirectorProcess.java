package hadirector.main;

import hadirector.admin.ControlServer;
import hadirector.cli.ExitCode;
import hadirector.cli.Runner;
import hadirector.config.ConfigReader;
import hadirector.config.ConfigResult;
import hadirector.config.DirectorConfig;
import hadirector.config.Environment;
import hadirector.director.Director;
import hadirector.director.WitnessEngine;
import hadirector.engine.EngineEvent;
import hadirector.engine.EngineOptions;
import hadirector.engine.ForwardingEngine;
import hadirector.engine.PacketEngine;
import hadirector.group.ClusterChannel;
import hadirector.group.JGroupsChannel;
import hadirector.keys.KeysException;
import hadirector.linux.LowDescriptors;
import hadirector.metrics.DirectorMetrics;
import hadirector.metrics.MetricsServer;
import hadirector.model.VipGroup;
import hadirector.outbound.Masquerade;
import hadirector.preflight.Machine;
import hadirector.preflight.Preflight;
import hadirector.proxy.ProxyEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// `director run`: makes the parts, joins them by constructor, and takes them down on SIGTERM after handing over.
final class DirectorProcess implements Runner {
    private static final Logger LOG = LoggerFactory.getLogger("director");

    @Override
    public int run(Path file, Optional<String> name, Optional<Path> socket, boolean witness) throws Exception {
        var environment = Environment.ofThisMachine();
        return switch (ConfigReader.read(file, name, environment)) {
            case ConfigResult.Invalid(var problems) -> {
                problems.forEach(System.err::println);
                yield ExitCode.USAGE;
            }
            case ConfigResult.Valid(DirectorConfig config, var warnings) -> {
                warnings.forEach(warning -> System.err.println("warning: " + warning));
                SLF4JBridgeHandler.removeHandlersForRootLogger();
                SLF4JBridgeHandler.install();
                var reader = (Supplier<ConfigResult>) () -> ConfigReader.read(file, name, environment);
                yield start(config, socket.orElse(config.adminSocket()), reader, witness);
            }
        };
    }

    private static int start(DirectorConfig config, Path socket, Supplier<ConfigResult> reader, boolean witness)
            throws Exception {
        if (System.getProperty("os.name").equals("Linux")) {
            LowDescriptors.reserve();
        }
        ClusterChannel group;
        try {
            group = new JGroupsChannel(config.cluster(), config.name());
        } catch (KeysException e) {
            System.err.println(e.getMessage());
            System.err.println("The directors encrypt what they say to each other; if their network can be trusted, the config file"
                    + " may say director.cluster.tls = off.");
            return ExitCode.USAGE;
        }
        return witness ? witness(config, socket, reader, group) : run(config, socket, reader, group);
    }

    private static int witness(
            DirectorConfig config, Path socket, Supplier<ConfigResult> reader, ClusterChannel group) {
        var holdable = config.groups().values().stream()
                .filter(each -> each.priority().containsKey(config.name()))
                .map(VipGroup::name)
                .findFirst();
        if (holdable.isPresent()) {
            System.err.printf("%s has a priority in group %s, so it is no witness: director run%n", config.name(), holdable.get());
            return ExitCode.USAGE;
        }
        return joined(config, socket, reader, WitnessEngine::new, Masquerade.ofThisMachine(false), group, _ -> {});
    }

    private static int run(
            DirectorConfig config, Path socket, Supplier<ConfigResult> reader, ClusterChannel group) {
        var listener = new CompletableFuture<Consumer<EngineEvent>>();
        Consumer<EngineEvent> events = event -> listener.join().accept(event); // No event comes before it is complete.
        var choice = EngineChoice.of(config);
        if (choice instanceof EngineChoice.Impossible(String why)) {
            System.err.println(why);
            return ExitCode.FAILED;
        }
        for (var finding : Preflight.findings(config, Machine.local(), choice instanceof EngineChoice.Packet)) {
            LOG.warn("{} event=preflight what=\"{}\"", config.name(), finding);
        }
        var masquerade = Masquerade.ofThisMachine(choice instanceof EngineChoice.Packet);
        return joined(
                config,
                socket,
                reader,
                () -> engine(choice, config, events),
                masquerade,
                group,
                director -> {
                    listener.complete(director::engineEvent);
                    if (choice instanceof EngineChoice.Packet) { // A proxy's connections end with it.
                        director.keepConnections(socket.resolveSibling(socket.getFileName() + ".connections"));
                    }
                });
    }

    /// @param made is told of the director before it starts
    private static int joined(
            DirectorConfig config,
            Path socket,
            Supplier<ConfigResult> reader,
            Supplier<ForwardingEngine> engine,
            Masquerade masquerade,
            ClusterChannel group,
            Consumer<Director> made) {
        try {
            var director = director(config, reader, engine.get(), masquerade, group);
            made.accept(director);
            return serve(director, config, socket);
        } catch (Exception e) {
            LOG.error("{} event=not-started why=\"{}\"", config.name(), e.getMessage());
            LOG.debug("{} event=not-started", config.name(), e);
            return ExitCode.FAILED;
        }
    }

    /// The director closes engine and masquerade from now on.
    private static Director director(
            DirectorConfig config,
            Supplier<ConfigResult> reader,
            ForwardingEngine engine,
            Masquerade masquerade,
            ClusterChannel group)
            throws Exception {
        try {
            return new Director(config, reader, engine, masquerade, group);
        } catch (Exception e) {
            masquerade.close();
            engine.close();
            throw e;
        }
    }

    private static EngineOptions options(DirectorConfig config) {
        var accelerate =
                switch (config.engine().accelerate()) {
                    case AUTO -> EngineOptions.Accelerate.AUTO;
                    case XDP -> EngineOptions.Accelerate.XDP;
                    case OFF -> EngineOptions.Accelerate.OFF;
                };
        var pin = config.engine().pin();
        var pinning = new EngineOptions.Pinning(pin.at(), config.cluster().name() + "+" + config.name()); // No name has a plus.
        return new EngineOptions(
                config.connectionsMax(),
                config.engine().offload(),
                accelerate,
                config.cluster().lease(),
                Optional.of(pinning).filter(_ -> pin.wanted()));
    }

    private static ForwardingEngine engine(
            EngineChoice choice, DirectorConfig config, Consumer<EngineEvent> events) {
        return switch (choice) {
            case EngineChoice.Packet(String why) -> {
                LOG.info("{} event=engine kind=packet why=\"{}\"", config.name(), why);
                yield new PacketEngine(options(config), events);
            }
            case EngineChoice.Proxy(String why) -> {
                LOG.info("{} event=engine kind=proxy why=\"{}\"", config.name(), why);
                yield new ProxyEngine(config.connectionsMax(), events);
            }
            case EngineChoice.Impossible(String why) -> throw new IllegalStateException(why);
        };
    }

    private static int serve(Director director, DirectorConfig config, Path socket) throws Exception {
        var outcome = new CompletableFuture<Integer>();
        var ended = new CountDownLatch(1);
        var hook = new Thread(() -> stopAndWait(outcome, ended), "stop");
        director.onFailure(() -> outcome.complete(ExitCode.FAILED));
        try (var control = ControlServer.start(socket, director.operations(), ControlServer.Limits.DEFAULT);
                var metrics =
                        new DirectorMetrics(
                                config.cluster().name(), config.name(), director.operations()::status, control::counts);
                var _ = serveMetrics(config, director, metrics)) {
            director.observeProbes(metrics);
            director.observeTakeovers(metrics::tookOver);
            Runtime.getRuntime().addShutdownHook(hook);
            Hangup.on(() -> reload(director, config.name()));
            director.start();
            int code = outcome.get();
            director.stop();
            return code;
        } finally {
            outcome.complete(ExitCode.FAILED); // If it could not start; the hook is not to call that orderly.
            director.close();
            ended.countDown();
        }
    }

    private static void reload(Director director, String name) {
        var answer = director.operations().reload(false);
        LOG.info("{} event=hangup reload=\"{}\"", name, answer);
    }

    private static AutoCloseable serveMetrics(DirectorConfig config, Director director, DirectorMetrics metrics)
            throws IOException {
        var address = config.metrics();
        return address.isPresent()
                ? MetricsServer.start(address.get(), metrics::scrape, () -> director.operations().status().unhealthy())
                : () -> {};
    }

    /// SIGTERM ends the JVM when this returns; an orderly end counts as exit code 0.
    private static void stopAndWait(CompletableFuture<Integer> outcome, CountDownLatch ended) {
        outcome.complete(ExitCode.OK);
        try {
            ended.await();
            Runtime.getRuntime().halt(outcome.join());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
