package hadirector.health;

import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.RealServer;
import hadirector.model.VirtualService;
import java.util.Optional;

/// What is asked of whom. Equal keys are one probe, however many services use it.
///
/// @param realServer port 0 for a ping, which asks the address alone
/// @param asker the service, only for a command, which gets to know it
public record ProbeKey(Endpoint realServer, Check check, Optional<Asker> asker) {
    /// The service on whose behalf a command runs.
    public record Asker(String service, Endpoint vip) {}

    /// The probe that `service` wants of `server`; empty if it has no check.
    public static Optional<ProbeKey> of(VirtualService service, RealServer server) {
        return service.check().map(check -> of(service, server.endpoint(), check));
    }

    private static ProbeKey of(VirtualService service, Endpoint server, Check check) {
        return switch (check) {
            case Check.Tcp _, Check.Http _ -> new ProbeKey(server, check, Optional.empty());
            case Check.Ping _ -> new ProbeKey(new Endpoint(server.address(), 0), check, Optional.empty());
            case Check.Command _ ->
                    new ProbeKey(server, check, Optional.of(new Asker(service.name(), service.vip())));
        };
    }

    /// As in logs: `http 10.1.0.11:80`.
    @Override
    public String toString() {
        return check.type() + " " + (realServer.port() == 0 ? realServer.address() : realServer)
                + asker.map(a -> " for " + a.service()).orElse("");
    }
}
