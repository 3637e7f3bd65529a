package hadirector;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import hadirector.conn.ChangeRing;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The directions that DESIGN.md, section 2, draws.
class ArchitectureTest {
    private static final String ALL = "hadirector..";
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

    private static JavaClasses product = new ClassFileImporter().importPackages();

    @BeforeAll
    static void readTheProduct() {
        product =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .withImportOption(location -> !location.contains("-tests.jar"))
                        .importPackages("hadirector");
    }

    /// Of our own packages, each sees only these beside itself.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    model     |
                    config    | model
                    linux     |
                    netlink   | linux model
                    ebpf      | linux
                    packet    | model
                    sched     | model
                    conn      | model packet sched
                    forward   | model packet conn
                    fastpath  | model packet sched conn ebpf linux netlink
                    afpacket  | linux
                    keys      |
                    door      | keys
                    group     | model config keys door
                    sync      | model conn group
                    health    | model
                    role      | model conn
                    """)
    void seesOnlyWhatLiesBelowIt(String name, @Nullable String below) {
        var seen = new ArrayList<>(List.of("hadirector." + name + ".."));
        if (below != null) {
            Stream.of(below.split(" ")).forEach(other -> seen.add("hadirector." + other + ".."));
        }
        classes()
                .that()
                .resideInAPackage("hadirector." + name + "..")
                .should()
                .onlyDependOnClassesThat(
                        not(resideInAPackage(ALL)).or(resideInAnyPackage(seen.toArray(String[]::new))))
                .allowEmptyShould(true)
                .check(product);
    }

    @Test
    void theForwarderKnowsNothingOfClusterHealthAndDirector() {
        noClasses()
                .that()
                .resideInAnyPackage("hadirector.engine..", "hadirector.proxy..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "hadirector.config..",
                        "hadirector.group..",
                        "hadirector.sync..",
                        "hadirector.health..",
                        "hadirector.role..",
                        "hadirector.director..",
                        "hadirector.admin..",
                        "hadirector.cli..",
                        "hadirector.metrics..",
                        "hadirector.preflight..",
                        "hadirector.main..")
                .check(product);
    }

    @Test
    void nothingDependsOnMainAndOnlyMainOnTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackages("hadirector.main..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("hadirector.main..")
                .check(product);
        noClasses()
                .that()
                .resideOutsideOfPackages("hadirector.main..", "hadirector.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("hadirector.cli..")
                .check(product);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("hadirector.(*)..").should().beFreeOfCycles().check(product);
    }

    @ParameterizedTest
    @CsvSource({
        "java.lang.foreign.Linker, hadirector.linux..",
        "org.jgroups.., hadirector.group..",
        "com.typesafe.config.., hadirector.config..",
        "picocli.., hadirector.cli..",
    })
    void aForeignDoorHasOneKeeper(String door, String keeper) {
        var users = noClasses().that().resideOutsideOfPackages(keeper, "hadirector.main..").should();
        if (door.endsWith("..")) {
            users.dependOnClassesThat().resideInAPackage(door).check(product);
        } else {
            users.dependOnClassesThat().haveFullyQualifiedName(door).check(product);
        }
    }

    private static final String[] PURE = {
        "hadirector.forward..",
        "hadirector.sched..",
        "hadirector.conn..",
        "hadirector.packet..",
        "hadirector.role..",
        "hadirector.health",
        "hadirector.sync.wire..",
    };

    @ParameterizedTest
    @ValueSource(strings = {"java.io..", "java.net..", "java.nio.channels..", "java.nio.file..", "org.slf4j.."})
    void pureCodeDoesNoInputOrOutput(String doors) {
        var isHarmless = type(Serializable.class);
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat(resideInAPackage(doors).and(not(isHarmless)))
                .check(product);
    }

    @Test
    void pureCodeIsToldTheTimeAndTheChance() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callConstructor(Random.class)
                .check(product);
    }

    /// But for the two classes of the table where the owner thread meets replication's.
    @Test
    void pureCodeStartsAndStopsNoThread() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .and()
                .doNotBelongToAnyOf(ChangeRing.class)
                .and()
                .doNotHaveFullyQualifiedName("hadirector.conn.TableReplication")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class)
                .orShould()
                .dependOnClassesThat(
                        resideInAPackage("java.util.concurrent..").and(not(type(TimeUnit.class))))
                .check(product);
    }

    @Test
    void everyLinkInADesignResolves() throws IOException {
        var broken = new ArrayList<String>();
        try (var files = Files.walk(Path.of(".."), 2)) {
            for (var design : files.filter(f -> f.endsWith("DESIGN.md")).toList()) {
                LINK.matcher(Files.readString(design))
                        .results()
                        .map(link -> link.group(1))
                        .filter(target -> !target.contains(":"))
                        .filter(target -> !Files.exists(design.resolveSibling(target)))
                        .forEach(target -> broken.add(design + " -> " + target));
            }
        }
        assertThat(broken).isEmpty();
    }
}
