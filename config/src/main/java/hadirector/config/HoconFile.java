package hadirector.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A file to its HOCON tree: includes read, substitutions resolved from the file and the environment variables.
final class HoconFile {
    private static final ConfigParseOptions OPTIONS = ConfigParseOptions.defaults()
            .setAllowMissing(false)
            .setSyntax(ConfigSyntax.CONF)
            .setIncluder(new StrictIncluder(null));

    /// What stays unresolved is found by [Node], each at its own place, instead of the first one only.
    private static final ConfigResolveOptions RESOLVE =
            ConfigResolveOptions.defaults().setAllowUnresolved(true);

    private HoconFile() {}

    /// @return empty if the file cannot be read or is not HOCON; then `problems` says why
    static Optional<ConfigObject> load(Path file, Problems problems) {
        try {
            var parsed = ConfigFactory.parseFile(file.toAbsolutePath().toFile(), OPTIONS);
            Duplicates.find(file, problems);
            return Optional.of(parsed.resolve(RESOLVE).root());
        } catch (ConfigException e) {
            problems.add(e);
        } catch (StackOverflowError _) {
            problems.add("is nested too deeply to be read");
        }
        return Optional.empty();
    }

    /// HOCON passes over an included file that is missing; here that would silently remove the services in it.
    private record StrictIncluder(@Nullable ConfigIncluder usual)
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL {
        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            return usual == null ? new StrictIncluder(fallback) : this;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            if (usual == null) {
                throw new IllegalStateException("HOCON always adds its own includer");
            }
            return mustExist(what, () -> usual.include(context.setParseOptions(strict(context)), what));
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            return mustExist(
                    what.toString(), () -> ConfigFactory.parseFileAnySyntax(what, strict(context)).root());
        }

        private static ConfigObject mustExist(String what, Supplier<ConfigObject> include) {
            try {
                return include.get();
            } catch (ConfigException.IO e) {
                if (e.getCause() instanceof ConfigException) {
                    throw e; // From an include in the included file, and said already.
                }
                throw new ConfigException.IO(
                        ConfigOriginFactory.newFile(what),
                        "is included and cannot be read, must be there, because what it sets would be missing",
                        e);
            }
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            throw new ConfigException.Generic(
                    "includes %s, must include files only, because a director must start without its network"
                            .formatted(what));
        }

        private static ConfigParseOptions strict(ConfigIncludeContext context) {
            return context.parseOptions().setAllowMissing(false);
        }
    }
}
