package hadirector.role;

/// The highest epoch that this director has seen, claimed or offered, and whose it is.
record Epochs(int highest, String owner) {
    static final Epochs NONE = new Epochs(0, "");

    /// Equal epochs belong to the first that was seen: an epoch is granted once.
    Epochs see(int epoch, String owner) {
        return epoch > highest ? new Epochs(epoch, owner) : this;
    }
}
