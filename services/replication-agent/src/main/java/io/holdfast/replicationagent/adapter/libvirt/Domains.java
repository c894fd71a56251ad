package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.machine.MachineOrder;
import java.util.Optional;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;

/** Finds domains of this agent, and no others. To be called on a thread of the link. Stateless. */
final class Domains {
    /** VIR_DOMAIN_METADATA_ELEMENT. */
    private static final int ELEMENT = 2;
    /** VIR_DOMAIN_AFFECT_LIVE. */
    private static final int LIVE = 1;

    private Domains() {}

    /**
     * The machine's domain if it is there and runs; to be freed by the caller.
     *
     * @param owner the agent that has to be named in it
     */
    static Optional<Domain> find(Connect libvirt, MachineOrder order, String owner) throws LibvirtException {
        Domain domain;
        try {
            domain = libvirt.domainLookupByUUID(order.id().uuid());
        } catch (LibvirtException unknown) {
            if (is(unknown, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                return Optional.empty();
            }
            throw unknown;
        }
        if (domain == null) {
            return Optional.empty();
        }
        boolean found = false;
        try {
            found = new DomainTag(order.id().text(), owner).equals(tagOf(domain).orElse(null))
                    && domain.isActive() == 1;
            return found ? Optional.of(domain) : Optional.empty();
        } catch (LibvirtException gone) {
            if (is(gone, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
                return Optional.empty();
            }
            throw gone;
        } finally {
            if (!found) {
                domain.free();
            }
        }
    }

    private static Optional<DomainTag> tagOf(Domain domain) throws LibvirtException {
        try {
            return Optional.ofNullable(domain.getMetadata(ELEMENT, DomainTag.NAMESPACE, LIVE))
                    .flatMap(DomainTag::read);
        } catch (LibvirtException without) {
            if (is(without, ErrorNumber.VIR_ERR_NO_DOMAIN_METADATA)
                    || is(without, ErrorNumber.VIR_ERR_OPERATION_INVALID)) {
                return Optional.empty();
            }
            throw without;
        }
    }

    static boolean is(LibvirtException failed, ErrorNumber number) {
        return failed.getError() != null && failed.getError().getCode() == number;
    }
}
