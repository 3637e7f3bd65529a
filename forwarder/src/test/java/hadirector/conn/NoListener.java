package hadirector.conn;

/// For tables of tests whose connections nobody counts.
public class NoListener implements ConnectionListener {
    @Override
    public void added(int slot) {}

    @Override
    public void stateChanged(int slot, int before) {}

    @Override
    public void removed(int slot) {}
}
