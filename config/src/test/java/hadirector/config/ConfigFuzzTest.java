package hadirector.config;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whatever stands in the file, the reader answers with a config or with problems, and a config can be compared.
/// By `deploy/fuzz` it searches; without, it repeats the inputs beside it.
class ConfigFuzzTest {
    private static final Environment ANYWHERE = new Environment() {
        @Override
        public String hostName() {
            return "lb1";
        }

        @Override
        public boolean hasInterface(String name) {
            return true;
        }
    };

    @FuzzTest(maxDuration = "60s")
    void neverThrows(byte[] text) throws IOException {
        Path file = Files.createTempFile("fuzz", ".conf");
        try {
            Files.write(file, text);
            switch (ConfigReader.read(file, Optional.empty(), ANYWHERE)) {
                case ConfigResult.Valid(var config, var _) -> {
                    if (!ConfigDifference.between(config, config).isEmpty()) {
                        throw new AssertionError("differs from itself: " + config);
                    }
                }
                case ConfigResult.Invalid(var problems) -> {
                    if (problems.isEmpty()) {
                        throw new AssertionError("refused without a reason");
                    }
                }
            }
        } finally {
            Files.delete(file);
        }
    }
}
