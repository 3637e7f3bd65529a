package hadirector.sync.ipvs;

import hadirector.model.IpvsSync;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread `ipvs-receive`: what a backup's sync thread is in the kernel.
final class IpvsReceiver implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsReceiver.class);
    private static final int LENGTH_MAX = 65_535;
    private static final int LOOK_MILLIS = 1_000;

    private final IpvsSync settings;
    private final IpvsIntake intake;
    private final IpvsCounts counts;

    IpvsReceiver(IpvsSync settings, IpvsIntake intake, IpvsCounts counts) {
        this.settings = settings;
        this.intake = intake;
        this.counts = counts;
    }

    /// Works until interrupted; an interface that goes or comes back is followed.
    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                listen();
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() throws InterruptedException {
        try {
            var network = IpvsSockets.network(settings);
            try (var channel = IpvsSockets.receiving(settings, network)) {
                channel.socket().setSoTimeout(LOOK_MILLIS);
                counts.receiveTrouble = null;
                receive(channel, network.getIndex());
            }
        } catch (ClosedByInterruptException _) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            if (counts.receiveTrouble == null) {
                LOG.warn("event=ipvs-receive interface={} why=\"{}\"", settings.interfaceName(), e.getMessage());
            }
            counts.receiveTrouble = "IPVS connections are not received: " + e.getMessage();
        }
    }

    /// Returns when the interface has become another.
    private void receive(DatagramChannel channel, int index) throws IOException, InterruptedException {
        var packet = new DatagramPacket(new byte[LENGTH_MAX], LENGTH_MAX);
        var bytes = MemorySegment.ofArray(packet.getData());
        while (isThere(index) && !Thread.currentThread().isInterrupted()) {
            try {
                while (true) {
                    packet.setLength(LENGTH_MAX);
                    channel.socket().receive(packet);
                    intake.take(bytes.asSlice(0, packet.getLength()));
                }
            } catch (SocketTimeoutException _) {
                // A moment to look at the interface: its membership ends with it.
            }
        }
    }

    private boolean isThere(int index) throws IOException {
        var network = NetworkInterface.getByName(settings.interfaceName());
        return network != null && network.getIndex() == index;
    }
}
