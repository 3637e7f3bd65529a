package hadirector.config;

import hadirector.model.RealServer;
import hadirector.model.Vip;
import hadirector.model.VipGroup;
import hadirector.model.VirtualService;

/// One step from one config to the next. [Object#toString] is its line for the operator, as in a diff.
public sealed interface Change {
    record GroupAdded(VipGroup group) implements Change {
        @Override
        public String toString() {
            return "+ group " + ChangeText.of(group);
        }
    }

    record GroupRemoved(VipGroup group) implements Change {
        @Override
        public String toString() {
            return "- group " + ChangeText.of(group);
        }
    }

    /// @param kind `vip` or `gateway`
    record AddressAdded(String group, String kind, Vip address) implements Change {
        @Override
        public String toString() {
            return "+ " + kind + " " + group + " " + address;
        }
    }

    /// @param kind `vip` or `gateway`
    record AddressRemoved(String group, String kind, Vip address) implements Change {
        @Override
        public String toString() {
            return "- " + kind + " " + group + " " + address;
        }
    }

    record ServiceAdded(VirtualService service) implements Change {
        @Override
        public String toString() {
            return "+ service " + ChangeText.of(service);
        }
    }

    record ServiceRemoved(VirtualService service) implements Change {
        @Override
        public String toString() {
            return "- service " + ChangeText.of(service);
        }
    }

    record RealServerAdded(String service, RealServer realServer) implements Change {
        @Override
        public String toString() {
            return "+ realserver %s %s (%s, weight %d)".formatted(
                    service, realServer.endpoint(), ChangeText.method(realServer), realServer.weight());
        }
    }

    /// Its connections go on, it gets no new ones.
    record RealServerRemoved(String service, RealServer realServer) implements Change {
        @Override
        public String toString() {
            return "- realserver " + service + " " + realServer.endpoint() + " (drains)";
        }
    }

    /// A part of something that stays.
    ///
    /// @param part what changed: `scheduler`, `weight`, `check`, `priority`, ...
    /// @param of the name of the group or service, with the realserver if it is a part of one
    record Changed(String part, String of, String from, String to) implements Change {
        @Override
        public String toString() {
            return "~ " + part + " " + of + ": " + from + " -> " + to;
        }
    }

    /// A setting that a running director cannot change; it keeps `from` until it is started anew.
    record NeedsRestart(String key, String from, String to) implements Change {
        @Override
        public String toString() {
            return "! " + key + ": " + from + " -> " + to + " (needs a restart)";
        }
    }
}
