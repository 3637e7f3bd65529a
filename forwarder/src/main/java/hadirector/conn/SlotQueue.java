package hadirector.conn;

/// A FIFO of slots, linked through one field of their entries.
final class SlotQueue {
    private final Entries entries;
    private final int link;
    private int head = ConnectionTable.NONE;
    private int tail = ConnectionTable.NONE;
    private long added;
    private long taken;

    SlotQueue(Entries entries, int link) {
        this.entries = entries;
        this.link = link;
    }

    void add(int slot) {
        entries.putInt(slot, link, ConnectionTable.NONE);
        if (tail == ConnectionTable.NONE) {
            head = slot;
        } else {
            entries.putInt(tail, link, slot);
        }
        tail = slot;
        added++;
    }

    /// The oldest slot, or NONE.
    int peek() {
        return head;
    }

    /// Takes the oldest slot; there must be one.
    int take() {
        int slot = head;
        head = entries.getInt(slot, link);
        if (head == ConnectionTable.NONE) {
            tail = ConnectionTable.NONE;
        }
        taken++;
        return slot;
    }

    int size() {
        return (int) (added - taken);
    }

    /// Slots ever added; what has been added by now is taken once [#taken] has reached this.
    long added() {
        return added;
    }

    long taken() {
        return taken;
    }
}
