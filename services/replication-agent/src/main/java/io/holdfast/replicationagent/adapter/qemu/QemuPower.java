package io.holdfast.replicationagent.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.hosting.LiveMachines.Halt;
import java.util.Map;

/** Whether a QEMU's guest runs, and what makes it stop (QEMU 7.2, QMP reference: {@code stop}, {@code set-action}, {@code system_powerdown}). */
final class QemuPower {
    private QemuPower() {}

    /** QEMU answers when the processors stand still and no request of the guest is in flight anywhere, mirrors included. */
    static Halt halt(QemuMonitor monitor) throws QmpException {
        if (!status(monitor).path("running").asBoolean()) {
            return Halt.STOPPED;
        }
        monitor.run("stop", Map.of());
        return Halt.STOPPED_NOW;
    }

    static void pressButton(QemuMonitor monitor) throws QmpException {
        monitor.run("system_powerdown", Map.of());
    }

    /** As {@code -action shutdown=pause} at the start. */
    static void stayAtShutdown(QemuMonitor monitor) throws QmpException {
        monitor.run("set-action", Map.of("shutdown", "pause"));
    }

    static boolean isDown(QemuMonitor monitor) throws QmpException {
        return status(monitor).path("status").asText().equals("shutdown");
    }

    private static JsonNode status(QemuMonitor monitor) throws QmpException {
        return monitor.run("query-status", Map.of());
    }
}
