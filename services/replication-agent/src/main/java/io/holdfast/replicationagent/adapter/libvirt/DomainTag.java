package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.machine.MachineOrder;
import java.util.Optional;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Whose a domain is: an element of our own in its metadata. A domain without it, or of another agent, is none of ours whatever it is called.
 *
 * @param machine id of the machine
 * @param owner the agent that runs it
 */
record DomainTag(String machine, String owner) {
    /** Names our vocabulary; nothing is fetched from there. */
    static final String NAMESPACE = "urn:holdfast:libvirt:machine:1";

    static final String PREFIX = "holdfast";
    private static final String ELEMENT = "machine";
    private static final String ID = "id";
    private static final String AGENT = "agent";

    /** Into {@code <metadata>}; the run and the VM are for people. */
    void write(Element metadata, MachineOrder order) {
        Document document = metadata.getOwnerDocument();
        Element tag = document.createElementNS(NAMESPACE, PREFIX + ":" + ELEMENT);
        tag.setAttribute(ID, machine);
        tag.setAttribute(AGENT, owner);
        tag.setAttribute("run", order.run().toString());
        tag.setAttribute("vm", order.vm().toString());
        metadata.appendChild(tag);
    }

    /** @param metadata what libvirt keeps under our namespace, which it strips of it; anybody may have written it */
    static Optional<DomainTag> read(String metadata) {
        try {
            Element root = Xml.parse(metadata);
            return ELEMENT.equals(root.getLocalName())
                    ? Optional.of(new DomainTag(root.getAttribute(ID), root.getAttribute(AGENT)))
                    : Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }
}
