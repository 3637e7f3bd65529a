package hadirector.config;

import hadirector.config.DirectorConfig.EngineChoice;
import hadirector.model.IpAddress;
import hadirector.model.IpvsSync;
import hadirector.model.Prefix;
import java.time.Duration;
import java.util.Optional;

/// `director.ipvs-sync { interface = eth1, receive = on }`.
///
/// @param environment of this machine
record IpvsSyncReader(Environment environment) {
    private static final Prefix GROUPS_V4 = Prefix.of("224.0.0.0/4");
    private static final Prefix GROUPS_V6 = Prefix.of("ff00::/8");
    private static final Duration REFRESH_MIN = Duration.ofSeconds(1);
    private static final Duration REFRESH_MAX = Duration.ofHours(1);
    private static final Duration REFRESH = Duration.ofMinutes(1);
    private static final int LENGTH_MIN = 512;
    private static final int LENGTH_MAX = 65_507; // UDP in IPv4, as `ipvsadm --sync-maxlen`.

    IpvsSync read(Section section, EngineChoice engine) {
        var group = section.find("group").flatMap(IpvsSyncReader::group).orElse(IpvsSync.GROUP);
        var read = new IpvsSync(
                section.require("interface", "the interface that the IPVS directors synchronise by")
                        .flatMap(this::interfaceName)
                        .orElse(""),
                flag(section, "receive"),
                flag(section, "send"),
                flag(section, "hold-back"),
                section.find("sync-id").flatMap(node -> node.integer(0, 255)).orElse(0),
                group,
                section.find("port").flatMap(node -> node.integer(1, 65535)).orElse(IpvsSync.PORT),
                section.find("refresh")
                        .flatMap(node -> node.duration(REFRESH_MIN, REFRESH_MAX,
                                ", because a backup forgets an idle connection after some minutes"))
                        .orElse(REFRESH),
                section.find("message-max")
                        .flatMap(node -> node.integer(LENGTH_MIN, LENGTH_MAX))
                        .orElse(IpvsSync.lengthMax(group)));
        section.done();
        check(section, read, engine);
        return read;
    }

    private static void check(Section section, IpvsSync read, EngineChoice engine) {
        if (!read.receive() && !read.send()) {
            section.node().wrong("has neither receive = on nor send = on, must have one of them, because it does nothing else");
        }
        if (read.holdBack() && !read.receive()) {
            section.problem("hold-back", "is on, must be off without receive = on, because there is nobody to wait for");
        }
        if (engine == EngineChoice.PROXY) {
            section.node().warn("is set, but engine = proxy has connections of its own, which no other director can go on with: none are told or taken");
        }
    }

    private static boolean flag(Section section, String key) {
        return section.find(key).flatMap(Node::flag).orElse(false);
    }

    private Optional<String> interfaceName(Node node) {
        return node.text("the name of an interface")
                .flatMap(name -> environment.hasInterface(name) ? Optional.of(name) : node.mustBe("an interface of this machine"));
    }

    private static Optional<IpAddress> group(Node node) {
        return node.parse(
                text -> IpAddress.parse(text).filter(each -> GROUPS_V4.contains(each) || GROUPS_V6.contains(each)),
                "a multicast address, such as 224.0.0.81");
    }
}
