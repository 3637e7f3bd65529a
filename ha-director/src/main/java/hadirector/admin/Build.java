package hadirector.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/// What is running: the director's version and commit, and the Java and kernel under it.
public record Build(String version, String commit, String java, String kernel) {
    private static final String RESOURCE = "/hadirector/build.properties";

    /// Of this process.
    public static Build current() {
        var properties = new Properties();
        try (var in = Build.class.getResourceAsStream(RESOURCE)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Build(
                properties.getProperty("version", "unknown"),
                properties.getProperty("commit", "unknown"),
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version")
                        + " "
                        + System.getProperty("os.arch"));
    }
}
