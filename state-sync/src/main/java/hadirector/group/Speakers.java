package hadirector.group;

import hadirector.door.MemberSocket;
import hadirector.door.Refusals;
import hadirector.door.Refused;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.util.MaxOneThreadPerSender;
import org.jgroups.util.MessageBatch;
import org.jspecify.annotations.Nullable;

/// Lets a message pass only under the name of the member at the other end of its connection. `process` is called on the
/// thread that has read the message; what a director sends to itself comes by `loopback`.
final class Speakers extends MaxOneThreadPerSender {
    private final Refusals refusals;

    Speakers(Refusals refusals) {
        this.refusals = refusals;
    }

    @Override
    public boolean process(Message message, boolean oob) {
        return isSpeaker(message.getSrc()) && super.process(message, oob);
    }

    @Override
    public boolean process(MessageBatch batch, boolean oob) {
        return isSpeaker(batch.getSender()) && isOfOne(batch) && super.process(batch, oob);
    }

    /// A message of a batch may name another source than the batch does.
    private boolean isOfOne(MessageBatch batch) {
        for (Message message : batch) {
            if (!batch.getSender().equals(message.getSrc()) && !isSpeaker(message.getSrc())) {
                return false;
            }
        }
        return true;
    }

    private boolean isSpeaker(@Nullable Address source) {
        String name = DirectorAddress.name(source);
        var heard = MemberSocket.heard();
        if (name != null && heard.contains(name)) {
            return true;
        }
        refusals.count(Refused.FORGED_SENDER, String.join(",", heard), "a message under the name of " + name);
        return false;
    }
}
