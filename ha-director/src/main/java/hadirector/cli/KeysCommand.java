package hadirector.cli;

import hadirector.admin.Answer;
import hadirector.admin.Json;
import hadirector.config.ConfigReader;
import hadirector.config.DirectorConfig.Cluster;
import hadirector.keys.KeyFolder;
import hadirector.keys.KeyFolder.Made;
import hadirector.keys.KeyFolder.Task;
import hadirector.keys.KeysException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "keys",
        description = "Make the keys with which the directors of the config file know and encrypt each other.",
        footer = {
            "",
            "Makes what is missing: CLUSTER.ca, which signs, and MEMBER.pem for each member, mode 0600. Bring each",
            "MEMBER.pem to its director; keep CLUSTER.ca where no director runs. A running director takes a changed",
            "file for its next connection; restart one director after the other to be done with the old keys.",
            "",
            "Examples:",
            "  director keys                            all keys of a new cluster, or those of a new member",
            "  director keys --renew --out ./keys       new keys before the old ones end",
            "  director keys --renew-ca --out ./keys    a new authority too; then each director in any order, then",
            "  director keys --forget-old-ca --out ./keys  and again each director: what was stolen is worth nothing"
        })
final class KeysCommand implements Callable<Integer> {
    static final Path FOLDER = Path.of("/etc/ha-director/keys");
    private static final String SERVICE_USER = "ha-director";

    private final GlobalOptions options;
    private final InstantSource clock;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(names = "--out", paramLabel = "DIR", description = "Where; default director.cluster.keys of the config file.")
    private @Nullable Path folder;

    @Option(names = "--days", paramLabel = "N", description = "How long members' keys are valid; default 730.")
    private int days = 730;

    @ArgGroup private @Nullable Renewal renewal;

    private static final class Renewal {
        @Option(names = "--renew", description = "New keys for each member, signed as before.")
        @SuppressWarnings("unused") // What is left if it is neither of the others.
        boolean members;

        @Option(names = "--renew-ca", description = "A new authority and new keys; the old authority stays trusted.")
        boolean authority;

        @Option(names = "--forget-old-ca", description = "New keys that trust the renewed authority only.")
        boolean forget;
    }

    KeysCommand(GlobalOptions options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
    }

    @Override
    public Integer call() throws IOException, GeneralSecurityException {
        var output = Output.of(spec.commandLine(), options);
        if (days < 1) {
            return output.answer(new Answer.Invalid("--days is " + days + ", must be 1 or more"));
        }
        var problems = new ArrayList<String>();
        var cluster = ConfigReader.cluster(options.config(), problem -> problems.add(problem.toString()));
        if (cluster.isEmpty()) {
            return output.answer(new Answer.Invalid(problems));
        }
        try {
            return made(cluster.get(), output);
        } catch (KeysException e) {
            return output.answer(new Answer.Refused(String.valueOf(e.getMessage())));
        }
    }

    private int made(Cluster cluster, Output output) throws KeysException, IOException, GeneralSecurityException {
        var target = folder != null ? folder : cluster.keys().orElse(FOLDER);
        var made = new KeyFolder(target, cluster.name(), Duration.ofDays(days), clock.instant())
                .run(task(), cluster.members().keySet());
        giveToService(target, made);
        var json = Json.object().put("outcome", "ok");
        var files = json.putArray("files");
        var text = new StringBuilder();
        for (var file : made) {
            var end = LocalDate.ofInstant(file.validUntil(), ZoneOffset.UTC);
            files.addObject()
                    .put("file", file.file().toString())
                    .put("made", file.made())
                    .put("signs", file.signs())
                    .put("valid-until", file.validUntil().toString());
            text.append("%s %s, valid until %s%n".formatted(file.made() ? "made" : "kept", file.file(), end));
        }
        text.append(next(cluster, target, made));
        return output.ok(json, text.toString());
    }

    private Task task() {
        if (renewal == null) {
            return Task.COMPLETE;
        }
        return renewal.authority ? Task.RENEW_AUTHORITY : renewal.forget ? Task.FORGET_OLD_AUTHORITY : Task.RENEW;
    }

    private static String next(Cluster cluster, Path target, List<Made> made) {
        if (made.stream().noneMatch(Made::made)) {
            return "Nothing was missing.\n";
        }
        var home = cluster.keys().orElse(FOLDER);
        return """
                Bring each member its own file, as %s/MEMBER.pem there, readable by the user %s alone:
                  scp %s/MEMBER.pem root@MEMBER:%s/ && ssh root@MEMBER chown %s: %s/MEMBER.pem
                Take %s away from here to a safe place: who has it can make keys for this cluster.
                """
                .formatted(home, SERVICE_USER, target, home, SERVICE_USER, home, made.getFirst().file().getFileName());
    }

    /// Made by root where the service is installed: it reads the members' files, not the authority's.
    private static void giveToService(Path folder, List<Made> made) throws IOException {
        try {
            var user = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(SERVICE_USER);
            if ("root".equals(Files.getOwner(folder).getName())) {
                Files.setOwner(folder, user);
            }
            for (var file : made) {
                if (file.made() && !file.signs()) {
                    Files.setOwner(file.file(), user);
                }
            }
        } catch (UserPrincipalNotFoundException | java.nio.file.FileSystemException _) {
            // No service here, or we are not root: the files are their maker's.
        }
    }
}
