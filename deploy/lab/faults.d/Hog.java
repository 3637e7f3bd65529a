import java.util.ArrayList;

/// Loaded into a running Java VM (`jcmd PID JVMTI.agent_load hog.jar`), takes all but 16 MB of its heap for three seconds.
public final class Hog {
    private static final long LEFT = 16 << 20;
    private static final int BLOCK = 1 << 20;

    private Hog() {}

    /// As java.lang.instrument asks for.
    public static void agentmain(String words) {
        Thread.ofPlatform().daemon().start(() -> {
            var runtime = Runtime.getRuntime();
            var held = new ArrayList<byte[]>();
            while (runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory() > LEFT) {
                held.add(new byte[BLOCK]);
            }
            try {
                Thread.sleep(3_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            System.out.println("hog: held " + held.size() + " MB");
        });
    }
}
