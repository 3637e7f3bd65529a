package hadirector.config;

import hadirector.config.DirectorConfig.Cluster;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.IpAddress;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads a config file (HOCON) and checks all of it: every mistake is found in one go.
public final class ConfigReader {
    /// So many have numbers in the packet engine, for which the kernel counts.
    private static final int NUMBERED_MAX = 8192;

    private final Optional<String> nameOverride;
    private final Environment environment;

    private ConfigReader(Optional<String> nameOverride, Environment environment) {
        this.nameOverride = nameOverride;
        this.environment = environment;
    }

    /// Never throws for what stands in the file, or if there is none.
    ///
    /// @param nameOverride this director's name, before `director.name` and the host name
    public static ConfigResult read(Path file, Optional<String> nameOverride, Environment environment) {
        var problems = new Problems(file);
        var config = HoconFile.load(file, problems)
                .flatMap(root -> Node.resolved(problems, "", root))
                .flatMap(root -> root.section("an object"))
                .flatMap(root -> new ConfigReader(nameOverride, environment).read(root));
        return problems.count() == 0 && config.isPresent()
                ? new ConfigResult.Valid(config.get(), problems.warnings())
                : new ConfigResult.Invalid(problems.problems());
    }

    /// The cluster alone, on whatever machine; empty if it has mistakes.
    ///
    /// @param mistakes of that section
    public static Optional<Cluster> cluster(Path file, Consumer<Problem> mistakes) {
        var problems = new Problems(file);
        var cluster = HoconFile.load(file, problems)
                .flatMap(root -> Node.resolved(problems, "", root))
                .flatMap(root -> root.section("an object"))
                .flatMap(root -> root.requireSection("director"))
                .flatMap(director -> director.requireSection("cluster"))
                .map(DirectorReader::cluster);
        problems.problems().forEach(mistakes);
        return cluster.filter(_ -> problems.count() == 0);
    }

    /// Sections build on each other in this order, whatever their order in the file.
    private Optional<DirectorConfig> read(Section root) {
        root.find("definitions"); // Free space for what ${definitions.x} refers to.
        var director = root.requireSection("director")
                .map(section -> new DirectorReader(nameOverride, environment).read(section));
        var engine = director.map(settings -> settings.engine().kind()).orElse(EngineChoice.AUTO);
        var floating = new Once<IpAddress>();
        var groups = root.requireSection("vip-groups")
                .map(section -> groups(section, director, engine, floating))
                .orElse(Map.of());
        director.ifPresent(settings -> root.findSection("director")
                .flatMap(section -> section.findSection("cluster"))
                .ifPresent(cluster -> ArbiterReader.check(cluster, settings, intact(groups).values(), environment)));
        var services = root.findSection("services")
                .map(section -> services(section, engine, new ServiceReader(engine, groups, floating, new Once<>())))
                .orElse(Map.of());
        root.done();
        if (services.isEmpty()) {
            root.node().warn("has no services: the directors hold VIPs and forward nothing");
        }
        return director.map(settings -> config(settings, groups, services));
    }

    private static DirectorConfig config(
            DirectorReader.Settings settings,
            Map<String, Optional<VipGroup>> groups,
            Map<String, VirtualService> services) {
        return new DirectorConfig(
                settings.name(),
                settings.engine(),
                settings.connectionsMax(),
                settings.cluster(),
                settings.adminSocket(),
                settings.metrics(),
                intact(groups),
                services,
                settings.ipvsSync());
    }

    private static Map<String, VipGroup> intact(Map<String, Optional<VipGroup>> groups) {
        var intact = new LinkedHashMap<String, VipGroup>();
        groups.forEach((name, group) -> group.ifPresent(read -> intact.put(name, read)));
        return intact;
    }

    private Map<String, Optional<VipGroup>> groups(
            Section section,
            Optional<DirectorReader.Settings> director,
            EngineChoice engine,
            Once<IpAddress> floating) {
        var reader = new GroupReader(
                director.map(DirectorReader.Settings::name).orElse(""),
                director.map(settings -> settings.cluster().members()).orElse(Map.of()),
                engine,
                environment,
                floating);
        var groups = new LinkedHashMap<String, Optional<VipGroup>>();
        section.names().forEach(name -> groups.put(name, Optional.empty()));
        section.entries().forEach(entry -> groups.put(entry.name(), reader.read(entry)));
        return groups;
    }

    private static Map<String, VirtualService> services(Section section, EngineChoice engine, ServiceReader reader) {
        var services = new LinkedHashMap<String, VirtualService>();
        var entries = section.entries();
        entries.forEach(entry -> reader.read(entry).ifPresent(service -> services.put(entry.name(), service)));
        if (engine != EngineChoice.PROXY) {
            checkNumber(section, services.size(), "services");
            checkNumber(section, services.values().stream().mapToInt(service -> service.realServers().size()).sum(), "realservers");
        }
        return services;
    }

    private static void checkNumber(Section section, int number, String what) {
        if (number > NUMBERED_MAX) {
            section.node().wrong("has %d %s in all, must have at most %d for the packet engine".formatted(number, what, NUMBERED_MAX));
        }
    }
}
