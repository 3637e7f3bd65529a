package hadirector.engine;

import hadirector.fastpath.SharedMaps;
import java.util.function.Consumer;

/// Notices when the first frame of a client goes through after its group was opened, in Java or in the kernel. Owner thread.
final class FirstFrames {
    private final ServiceTable services;
    private final KernelPath kernel;
    private final Consumer<EngineEvent> events;

    FirstFrames(ServiceTable services, KernelPath kernel, Consumer<EngineEvent> events) {
        this.services = services;
        this.kernel = kernel;
        this.events = events;
    }

    /// The group is being opened.
    void begin(GroupState group) {
        group.forwardedSinceOpen = false;
        group.kernelPacketsBefore = kernelPackets(group);
    }

    /// Java forwarded one of the group's frames.
    void note(GroupState group) {
        if (!group.forwardedSinceOpen) {
            group.forwardedSinceOpen = true;
            events.accept(new EngineEvent.FirstForwarded(group.name, group.epoch, System.nanoTime()));
        }
    }

    /// Looks whether the kernel has forwarded any; now and then.
    void look() {
        for (var group : services.groups()) {
            if (group.isOpen() && !group.forwardedSinceOpen && kernelPackets(group) != group.kernelPacketsBefore) {
                note(group);
            }
        }
    }

    private long kernelPackets(GroupState group) {
        return services.servers()
                .filter(server -> server.service.group == group)
                .mapToLong(server -> kernel.ofServer(server.id)[SharedMaps.PACKETS_IN])
                .sum();
    }
}
