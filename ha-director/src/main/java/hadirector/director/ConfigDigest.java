package hadirector.director;

import hadirector.config.DirectorConfig;
import hadirector.model.Check;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.zip.CRC32;

/// Groups and services of a config in 32 bits, equal on two directors if these agree: order and comments of the file
/// do not count.
final class ConfigDigest {
    private ConfigDigest() {}

    static int of(DirectorConfig config) {
        var text = new StringBuilder();
        new TreeMap<>(config.groups()).values().forEach(group -> append(text, group));
        new TreeMap<>(config.services()).values().forEach(service -> append(text, service));
        var crc = new CRC32();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    private static void append(StringBuilder text, VipGroup group) {
        text.append(group.name()).append(group.vips()).append(group.gateways());
        text.append(new TreeMap<>(group.priority())).append(group.preempt());
        text.append(group.masquerade()).append(group.track()).append('\n');
    }

    private static void append(StringBuilder text, VirtualService service) {
        text.append(service.name()).append(service.group()).append(service.protocol()).append(service.vip());
        text.append(service.scheduler()).append(service.timeouts()).append(service.realServers());
        text.append(service.options());
        service.check().ifPresent(check -> append(text, check));
        text.append('\n');
    }

    /// A command's environment is a map without order.
    private static void append(StringBuilder text, Check check) {
        if (check instanceof Check.Command command) {
            text.append(command.schedule()).append(command.argv()).append(new TreeMap<>(command.environment()));
        } else {
            text.append(check);
        }
    }
}
