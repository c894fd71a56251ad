package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.site.Lookup;
import java.util.List;

/**
 * What is recovered of a plan, as a person writes it.
 *
 * @param vms names or ids
 * @param volumes each as {@code GROUP=VOLUME}
 */
record Part(List<String> vms, List<String> volumes) {

    /** Nothing when nothing is named: the order is about the whole plan. */
    void addTo(ObjectNode order, Lookup lookup) {
        if (vms.isEmpty() && volumes.isEmpty()) {
            return;
        }
        ObjectNode only = order.putObject("only");
        vms.forEach(vm -> only.withArrayProperty("vms").add(lookup.vm(vm)));
        for (String text : volumes) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new CommandFailure(ExitCode.USAGE, "--only-volume: '%s' is not GROUP=VOLUME".formatted(text));
            }
            String group = lookup.group(text.substring(0, equals));
            only.withObjectProperty("volumes").withArrayProperty(group).add(text.substring(equals + 1));
        }
    }
}
