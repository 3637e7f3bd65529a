package hadirector.lab;

/// One broadcast domain: a bridge in the lab's switch namespace.
public record Segment(String bridge) {}
