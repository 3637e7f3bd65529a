package hadirector.main;

import hadirector.config.DirectorConfig;
import hadirector.ebpf.PacketEngineProbe;
import hadirector.ebpf.Support;

/// Which engine a director runs, and why, for its log and for operators.
sealed interface EngineChoice {
    /// @param why a sentence
    record Packet(String why) implements EngineChoice {}

    record Proxy(String why) implements EngineChoice {}

    /// The config asks for what this machine cannot do.
    record Impossible(String why) implements EngineChoice {}

    static EngineChoice of(DirectorConfig config) {
        return switch (config.engine().kind()) {
            case PROXY -> new Proxy("engine = proxy");
            case PACKET ->
                    switch (PacketEngineProbe.probe()) {
                        case Support.Available _ -> new Packet("engine = packet");
                        case Support.Missing(String why, String remedy) ->
                                new Impossible("engine = packet, but " + why + ". " + remedy);
                        case Support.Unknown(String why) ->
                                new Impossible("engine = packet, but it cannot be tried here: " + why);
                    };
            case AUTO -> automatic(config);
        };
    }

    private static EngineChoice automatic(DirectorConfig config) {
        boolean loopback =
                config.groups().values().stream()
                        .flatMap(group -> group.vips().stream())
                        .anyMatch(vip -> vip.interfaceName().equals("lo"));
        if (loopback) {
            return new Proxy("engine = auto, and a VIP is on lo");
        }
        return switch (PacketEngineProbe.probe()) {
            case Support.Available _ -> new Packet("engine = auto, and this machine can run it");
            case Support.Missing(String why, String remedy) ->
                    new Proxy("engine = auto, and no packet engine: " + why + ". " + remedy);
            case Support.Unknown(String why) -> new Proxy("engine = auto, and no packet engine: " + why);
        };
    }
}
