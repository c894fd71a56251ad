package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.NbdAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A program that KubeVirt's sidecar runs before a domain is defined: it makes network disks (NBD) of the placeholders, which KubeVirt itself has no way to say. Where
 * the disks are, is inside of it as Base64, so that no name of somebody else's is ever part of a program.
 */
final class DiskHook {
    static final String KEY = "disks.py";
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String PROGRAM = """
            #!/usr/bin/env python3
            import base64, json, sys
            import xml.etree.ElementTree as tree

            disks = json.loads(base64.b64decode("%s"))
            domain = tree.fromstring(sys.argv[sys.argv.index("--domain") + 1])
            for disk in domain.iter("disk"):
                alias = disk.find("alias")
                name = alias.get("name") if alias is not None else ""
                place = disks.pop(name[3:] if name.startswith("ua-") else name, None)
                if place is None:
                    continue
                for old in ("source", "driver", "backingStore"):
                    for element in disk.findall(old):
                        disk.remove(element)
                disk.set("type", "network")
                tree.SubElement(disk, "driver", {"name": "qemu", "type": "raw", "discard": "unmap", "error_policy": "report"})
                source = tree.SubElement(disk, "source", {"protocol": "nbd", "name": place["export"]})
                tree.SubElement(source, "host", {"name": place["host"], "port": place["port"]})
                tree.SubElement(source, "reconnect", {"delay": "60"})
            if disks:
                sys.exit("no such disks in the domain: " + " ".join(sorted(disks)))
            sys.stdout.write(tree.tostring(domain, encoding="unicode"))
            """;

    private DiskHook() {}

    /** What the i-th disk of a machine is called. */
    static String disk(int i) {
        return "disk" + i;
    }

    static String programFor(MachineOrder order) {
        ObjectNode places = JSON.createObjectNode();
        for (int i = 0; i < order.spec().disks().size(); i++) {
            NbdAddress address = order.volumes().get(order.spec().disks().get(i).volume());
            places.putObject(disk(i))
                    .put("host", address.host())
                    .put("port", Integer.toString(address.port()))
                    .put("export", address.export());
        }
        return PROGRAM.formatted(
                Base64.getEncoder().encodeToString(places.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
