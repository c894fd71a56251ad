package io.holdfast.inventory.host;

import java.util.Optional;

/** Tells the other services the whole state of a host, if and only if the caller's transaction commits. */
public interface HostAnnouncements {
    void announce(Host host, Optional<Agent> agent);
}
