package hadirector.config;

import hadirector.model.AccessList;
import hadirector.model.Check;
import hadirector.model.Endpoint;
import hadirector.model.IpvsSync;
import hadirector.model.RealServer;
import hadirector.model.Timeouts;
import hadirector.model.Track;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Config values in the words of the config file, each in one line.
final class ChangeText {
    private ChangeText() {}

    static String of(VipGroup group) {
        return "%s (%s, priority %s)".formatted(
                group.name(), joined(group.addresses()), of(group.priority()));
    }

    static String of(VirtualService service) {
        int servers = service.realServers().size();
        return "%s (%s %s, %s, %d realserver%s)".formatted(
                service.name(),
                service.protocol().word(),
                service.vip(),
                service.scheduler().word(),
                servers,
                servers == 1 ? "" : "s");
    }

    static String of(DirectorConfig.Pin pin) {
        return pin.wanted() ? pin.at().map(Path::toString).orElse("auto") : "off";
    }

    /// `nat`, `dr`, `tun ipip`, `tun gue:6080`.
    static String method(RealServer realServer) {
        String method = realServer.method().word();
        return realServer.tunnel().map(tunnel -> method + " " + tunnel.word()).orElse(method);
    }

    static String of(Timeouts timeouts) {
        return "established %s, fin %s, udp %s".formatted(
                of(timeouts.established()), of(timeouts.fin()), of(timeouts.udp()));
    }

    static String of(Check check) {
        var words = new ArrayList<String>();
        words.add(check.type());
        switch (check) {
            case Check.Tcp _, Check.Ping _ -> {}
            case Check.Http http -> {
                words.add(http.path());
                http.host().ifPresent(host -> words.add("host " + host));
                if (!http.statuses().isEmpty()) {
                    words.add("status " + joined(http.statuses()));
                }
                http.body().ifPresent(body -> words.add("body \"" + body + "\""));
            }
            case Check.Command command -> {
                words.add(command.argv().toString());
                if (!command.environment().isEmpty()) {
                    words.add(new TreeMap<>(command.environment()).toString());
                }
            }
        }
        var schedule = check.schedule();
        words.add("every %s, timeout %s, rise %d, fall %d".formatted(
                of(schedule.interval()), of(schedule.timeout()), schedule.rise(), schedule.fall()));
        return String.join(" ", words);
    }

    /// Interfaces, then scripts: `eth1, db (/etc/check-db, weight -20)`.
    static String of(Track track) {
        var scripts = track.scripts().stream()
                .map(script -> "%s (%s every %s, timeout %s, rise %d, fall %d%s)".formatted(
                        script.name(),
                        String.join(" ", script.argv()),
                        of(script.interval()),
                        of(script.timeout()),
                        script.rise(),
                        script.fall(),
                        script.weight().isPresent() ? ", weight " + script.weight().getAsInt() : ""));
        return joined(Stream.concat(track.interfaces().stream(), scripts).toList());
    }

    /// By name, `lb1 10.0.9.1:7800 10.0.8.1:7800`.
    static String ofMembers(Map<String, List<Endpoint>> members) {
        var texts = new TreeMap<String, String>();
        members.forEach((name, addresses) ->
                texts.put(name, addresses.stream().map(Object::toString).collect(Collectors.joining(" "))));
        return of(texts);
    }

    /// By name, `lb1 100, lb2 50`.
    static String of(Map<String, ?> values) {
        return values.isEmpty()
                ? "none"
                : new TreeMap<>(values).entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining(", "));
    }

    /// In the largest unit that keeps it whole: `15m`, `600ms`.
    static String of(Duration duration) {
        long nanos = duration.toNanos();
        record Unit(String word, long nanos) {}
        for (var unit : List.of(
                new Unit("d", 86_400_000_000_000L),
                new Unit("h", 3_600_000_000_000L),
                new Unit("m", 60_000_000_000L),
                new Unit("s", 1_000_000_000L),
                new Unit("ms", 1_000_000L),
                new Unit("us", 1_000L))) {
            if (nanos != 0 && nanos % unit.nanos() == 0) {
                return nanos / unit.nanos() + unit.word();
            }
        }
        return nanos + "ns";
    }

    /// A constant as its config word.
    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static String of(AccessList acl) {
        return acl.isOpen() ? "none" : "allow %s; deny %s".formatted(joined(acl.allow()), joined(acl.deny()));
    }

    static String of(OptionalInt number) {
        return number.isPresent() ? "" + number.getAsInt() : "off";
    }

    /// Without `hold-back`, which needs no restart.
    static String of(IpvsSync sync) {
        return "receive %s, send %s by %s, sync-id %d, %s port %d, refresh %s, message-max %d".formatted(
                onOff(sync.receive()),
                onOff(sync.send()),
                sync.interfaceName(),
                sync.syncId(),
                sync.group(),
                sync.port(),
                of(sync.refresh()),
                sync.lengthMax());
    }

    static String onOff(boolean on) {
        return on ? "on" : "off";
    }

    static String joined(List<?> values) {
        return values.isEmpty()
                ? "none"
                : values.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
