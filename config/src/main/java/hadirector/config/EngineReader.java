package hadirector.config;

import hadirector.config.DirectorConfig.Accelerate;
import hadirector.config.DirectorConfig.Engine;
import hadirector.config.DirectorConfig.EngineChoice;
import java.util.List;
import java.util.Map;

/// `director.engine`: a word, or `{ kind = packet, offload = on, accelerate = auto }`.
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
                section.find("accelerate").flatMap(node -> node.word(ACCELERATES)).orElse(DEFAULT.accelerate()));
        section.done();
        if (engine.accelerate() == Accelerate.XDP && !engine.offload()) {
            section.problem("accelerate", "is xdp, must be auto or off, because with offload = off there is nothing to accelerate");
        }
        if (engine.kind() == EngineChoice.PROXY && section.has("accelerate")) {
            section.node().warn("has kind = proxy, for which offload and accelerate mean nothing");
        }
        return engine;
    }
}
