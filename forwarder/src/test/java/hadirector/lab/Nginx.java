package hadirector.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// nginx on hosts of a lab. All serve the same files, in `www` of the directory, and take more by PUT.
///
/// @param directory for all that it writes
public record Nginx(Path directory) {
    /// @param server what stands in its section `server`: where it listens, at least
    public Nginx start(Host host, String server) throws IOException {
        var home = Files.createDirectories(directory.resolve(host.name()));
        Files.createDirectories(served(""));
        Files.writeString(home.resolve("nginx.conf"), """
                user root; daemon off; worker_processes 1; pid nginx.pid;
                events { worker_connections 4096; }
                http {
                  access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
                  uwsgi_temp_path tmp; scgi_temp_path tmp; sendfile on; keepalive_timeout 300;
                  server { %s root %s; dav_methods PUT; client_max_body_size 0; }
                }
                """.formatted(server, served("")));
        var _ = host.start("nginx", "-p", home.toString(), "-c", "nginx.conf", "-e", "error.log");
        return this;
    }

    public Path served(String name) {
        return directory.resolve("www").resolve(name);
    }

    /// Writes a file of random bytes to serve.
    public Path file(String name, int megabytes) throws IOException {
        var random = new Random(megabytes);
        byte[] piece = new byte[1 << 20];
        var file = served(name);
        try (var out = Files.newOutputStream(file)) {
            for (int i = 0; i < megabytes; i++) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        return file;
    }
}
