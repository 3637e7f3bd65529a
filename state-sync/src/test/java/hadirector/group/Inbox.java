package hadirector.group;

import static org.assertj.core.api.Assertions.assertThat;

import hadirector.group.ClusterChannel.MessageKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Keeps what a channel delivers, and waits for it.
final class Inbox implements ClusterChannel.Listener {
    record Mail(String sender, MessageKind kind, String text) {}

    final BlockingQueue<View> views = new LinkedBlockingQueue<>();
    final BlockingQueue<Mail> mails = new LinkedBlockingQueue<>();

    @Override
    public void view(View view) {
        views.add(view);
    }

    @Override
    public void message(String sender, MessageKind kind, byte[] message, int offset, int length) {
        mails.add(new Mail(sender, kind, new String(message, offset, length, StandardCharsets.UTF_8)));
    }

    View awaitView(Predicate<View> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            View view = views.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            assertThat(view).as("a wanted view within 20 s").isNotNull();
            if (view != null && wanted.test(view)) {
                return view;
            }
        }
    }

    View awaitMembers(String... names) throws InterruptedException {
        var wanted = java.util.Set.of(names);
        return awaitView(v -> wanted.equals(java.util.Set.copyOf(v.members())));
    }

    Mail awaitMail() throws InterruptedException {
        Mail mail = mails.poll(20, TimeUnit.SECONDS);
        assertThat(mail).as("a message within 20 s").isNotNull();
        return java.util.Objects.requireNonNull(mail);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<String> sorted(View view) {
        return view.members().stream().sorted().toList();
    }
}
