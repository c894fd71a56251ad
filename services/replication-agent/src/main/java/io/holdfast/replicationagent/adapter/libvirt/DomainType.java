package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.adapter.machine.MachineSettings.Accelerator;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What executes a domain's guest, in libvirt's words. Stateless. */
final class DomainType {
    private static final String KVM = "kvm";
    private static final String EMULATION = "qemu";

    private DomainType() {}

    /** @param capabilities of the host, libvirt's XML */
    static String choose(Accelerator wanted, String capabilities) {
        return switch (wanted) {
            case KVM -> KVM;
            case TCG -> EMULATION;
            case AUTO -> offersKvm(Xml.parse(capabilities)) ? KVM : EMULATION;
        };
    }

    private static boolean offersKvm(Element capabilities) {
        NodeList domains = capabilities.getElementsByTagName("domain");
        for (int i = 0; i < domains.getLength(); i++) {
            Element domain = (Element) domains.item(i);
            if (domain.getAttribute("type").equals(KVM)
                    && domain.getParentNode() instanceof Element arch
                    && arch.getAttribute("name").equals("x86_64")) {
                return true;
            }
        }
        return false;
    }
}
