package hadirector.config;

import hadirector.config.DirectorConfig.Accelerate;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.config.DirectorConfig.Pin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `director.engine`: a word, or `{ kind = packet, offload = on, accelerate = auto, pin = auto }`.
final class EngineReader {
    static final Engine DEFAULT = Engine.of(EngineChoice.AUTO);

    private static final Map<String, EngineChoice> KINDS = Words.of(List.of(EngineChoice.values()), ChangeText::of);
    private static final Map<String, Accelerate> ACCELERATES =
            Words.of(List.of(Accelerate.values()), ChangeText::of);

    private EngineReader() {}

    static Engine read(Node node) {
        return node.isSection()
                ? node.section("").map(EngineReader::read).orElse(DEFAULT)
                : node.word(KINDS).map(Engine::of).orElse(DEFAULT);
    }

    private static Engine read(Section section) {
        var engine = new Engine(
                section.find("kind").flatMap(node -> node.word(KINDS)).orElse(DEFAULT.kind()),
                section.find("offload").flatMap(Node::flag).orElse(DEFAULT.offload()),
                section.find("accelerate").flatMap(node -> node.word(ACCELERATES)).orElse(DEFAULT.accelerate()),
                section.find("pin").flatMap(EngineReader::pin).orElse(DEFAULT.pin()));
        section.done();
        if (engine.accelerate() == Accelerate.XDP && !engine.offload()) {
            section.problem("accelerate", "is xdp, must be auto or off, because with offload = off there is nothing to accelerate");
        }
        if (engine.kind() == EngineChoice.PROXY && (section.has("accelerate") || section.has("pin"))) {
            section.node().warn("has kind = proxy, for which offload, accelerate and pin mean nothing");
        }
        return engine;
    }

    private static Optional<Pin> pin(Node node) {
        return node.parse(
                text -> switch (text) {
                    case "auto" -> Optional.of(Pin.AUTO);
                    case "false", "no", "off" -> Optional.of(Pin.OFF);
                    default -> DirectorReader.path(text).filter(Path::isAbsolute).map(path -> new Pin(true, Optional.of(path)));
                },
                "auto, off or the absolute path of a folder in a BPF file system");
    }
}
