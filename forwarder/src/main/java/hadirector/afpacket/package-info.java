/// Frames in and out of an interface in batches: AF_PACKET behind the tcx hook, with virtio-net headers. Knows no flows.
@NullMarked
package hadirector.afpacket;

import org.jspecify.annotations.NullMarked;
