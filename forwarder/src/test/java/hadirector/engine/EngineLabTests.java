package hadirector.engine;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Tests that share one lab; at its end its engine must not have failed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EngineLabTests<L extends EngineLab> {
    /// For what programs read and write.
    Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init") // Made by @BeforeAll.
    L lab;

    abstract L open(Path forPrograms) throws Exception;

    @BeforeAll
    void start(@TempDir Path shared) throws Exception {
        directory = shared;
        lab = open(shared);
    }

    @AfterAll
    void close() {
        lab.close();
    }
}
