package hadirector.health;

import hadirector.model.Endpoint;

/// A realserver as one service uses it: what a verdict is about.
public record Target(String service, Endpoint realServer) {
    /// As in logs: `shop/10.1.0.11:80`.
    @Override
    public String toString() {
        return service + "/" + realServer;
    }
}
