package hadirector.director;

import hadirector.engine.ForwardingEngine;
import hadirector.health.Target;
import hadirector.health.Verdict;
import hadirector.model.VirtualService;
import hadirector.role.RoleMessage;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The realservers as the engine is to see them: weights of the config, verdicts of the probes, drains of operators. The
/// director's thread, except where said.
final class RealServers {
    private final Weights weights = new Weights();
    private final Drains drains = new Drains();
    private final ForwardingEngine engine;
    private final EventLog log;
    private volatile Set<Target> drained = Set.of();

    RealServers(ForwardingEngine engine, EventLog log) {
        this.engine = engine;
        this.log = log;
    }

    /// Takes a new config without telling the engine yet; [#apply] follows.
    void configure(Collection<VirtualService> services) {
        weights.configure(services);
    }

    /// Forgets the drains of what the config does not have any more.
    void forgetGone() {
        drains.retain(weights.targets());
    }

    /// Tells the engine what has changed.
    void apply() {
        drained = drains.drained();
        weights.drain(drained);
        weights.takeChanges()
                .forEach((target, state) -> engine.server(target.service(), target.realServer(), state.weight(), state.up()));
    }

    /// By operators. Any thread.
    Set<Target> drained() {
        return drained;
    }

    void take(Verdict verdict) {
        log.event(
                verdict.up() ? "realserver-up" : "realserver-down", "realserver", verdict.target(), "reason", verdict.reason());
        weights.verdict(verdict.target(), verdict.up());
        apply();
    }

    /// An operator's word of now.
    ///
    /// @return what the other directors must hear; empty if the config has no such realserver
    Optional<RoleMessage> override(Target target, boolean drain, String operator) {
        if (!weights.knows(target)) {
            return Optional.empty();
        }
        var word = drains.now(target, drain, System.currentTimeMillis());
        take(target, word, operator);
        return Optional.of(message(target, word));
    }

    /// Another director's. Of a realserver that this config does not have yet it is told again after the reload.
    void heard(RoleMessage.ServerOverride said, String sender) {
        var target = new Target(said.service(), said.realServer());
        if (weights.knows(target)) {
            take(target, new Drains.Word(said.drained(), said.at()), sender);
        }
    }

    private void take(Target target, Drains.Word word, String from) {
        if (drains.take(target, word)) {
            log.event(word.drained() ? "drained" : "enabled", "realserver", target, "by", from);
            apply();
        }
    }

    /// All words, for a director that has joined or has read a config with other realservers.
    List<RoleMessage> words() {
        return drains.words().entrySet().stream().map(word -> message(word.getKey(), word.getValue())).toList();
    }

    private static RoleMessage message(Target target, Drains.Word word) {
        return new RoleMessage.ServerOverride(target.service(), target.realServer(), word.drained(), word.at());
    }
}
