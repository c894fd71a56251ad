package io.holdfast.inventory.host;

import io.holdfast.kernel.id.HostId;
import java.util.List;
import java.util.Optional;

/** Where hosts are kept. All calls belong to the caller's transaction. */
public interface Hosts {
    /** By our id, or by an id under which the host reported itself before. */
    Optional<Host> find(HostId idOrAlias);

    Optional<Host> findByHardware(String hardwareUuid);

    /** In the order of id, behind {@code after}, at most {@code limit}. */
    List<Host> list(Optional<HostId> after, int limit);

    void save(Host host);

    /** From now on {@code reported} is found as {@code host}. */
    void alsoKnownAs(HostId host, HostId reported);
}
