package hadirector.afpacket;

import hadirector.linux.Descriptors;
import java.util.ArrayDeque;
import java.util.Deque;

/// Descriptors opened one after the other, to be closed again if a later step fails.
final class DescriptorStack {
    private final Deque<Integer> open = new ArrayDeque<>();

    int push(int fd) {
        open.push(fd);
        return fd;
    }

    void closeAll() {
        open.forEach(Descriptors::close);
        open.clear();
    }
}
