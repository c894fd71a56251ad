package io.holdfast.inventory.adapter.kafka;

import io.holdfast.inventory.Label;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostBook;
import io.holdfast.inventory.vm.Attachment;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.InventoryReport;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/** What routers tell of agents, applied one event per transaction. An event that breaks the contract is refused whole. */
@ApplicationScoped
public class AgentEvents {
    private static final Logger LOG = Logger.getLogger(AgentEvents.class);

    private final HostBook hosts;
    private final VmBook vms;

    public AgentEvents(HostBook hosts, VmBook vms) {
        this.hosts = hosts;
        this.vms = vms;
    }

    public void take(Received<AgentEvent> record) {
        AgentEvent event = record.message()
                .orElseThrow(() -> new HoldfastException(
                        CommonError.INVALID_REQUEST, "agent-events has no tombstones: it is not compacted"));
        AgentId agent = AgentId.parse(event.getAgentId());
        Instant at = Wire.instant("at_micros", event.getAtMicros());
        switch (event.getEventCase()) {
            case SESSION_OPENED -> {
                var opened = event.getSessionOpened();
                hosts.opened(
                                agent,
                                new HostBook.Opened(
                                        SiteId.parse(opened.getSiteId()),
                                        HostId.parse(opened.getHostId()),
                                        Label.of(opened.getInstanceId()),
                                        Label.of(opened.getRouterId()),
                                        Label.of(opened.getSoftwareVersion())),
                                at)
                        .ifPresent(vms::hostChanged);
                LOG.infof("agent connected agent=%s router=%s at=%s", agent, Label.of(opened.getRouterId()), at);
            }
            case SESSION_CLOSED -> {
                var closed = event.getSessionClosed();
                String reason = Label.of(closed.getReason());
                hosts.closed(agent, Label.of(closed.getInstanceId()), Label.of(closed.getRouterId()), reason, at);
                LOG.infof("agent's session ended agent=%s reason=%s at=%s", agent, reason, at);
            }
            case SESSION_REJECTED -> {
                var rejected = event.getSessionRejected();
                hosts.rejected(agent, Label.of(rejected.getCode()), Label.ofLong(rejected.getMessage()), at);
                LOG.warnf("agent was rejected agent=%s code=%s", agent, Label.of(rejected.getCode()));
            }
            case INVENTORY -> report(agent, event.getInventory(), at);
            case COMMAND_RESULT -> result(event.getCommandResult(), at);
            case MACHINES -> {
                // Of runs, which recovery-plan keeps.
            }
            case EVENT_NOT_SET ->
                // A newer router's event of a kind that this version does not know.
                LOG.debugf("agent event of unknown kind agent=%s position=%s", agent, record.position());
        }
    }

    private void report(AgentId agent, InventoryReport report, Instant at) {
        var reports = Wire.vms(report);
        switch (hosts.reported(agent, Wire.host(report), at)) {
            case HostBook.Reported.Outdated _ -> {}
            case HostBook.Reported.Current(Host host, boolean responsibilityChanged) -> {
                if (report.getOffered()) {
                    vms.offered(host, reports, at);
                } else {
                    vms.reported(host, reports, at);
                }
                if (responsibilityChanged) {
                    vms.hostChanged(host);
                }
            }
        }
    }

    private void result(CommandResult result, Instant at) {
        Optional<Attachment.Failure> failure = result.getOk()
                ? Optional.empty()
                : Optional.of(
                        new Attachment.Failure(Label.of(result.getErrorCode()), Label.ofLong(result.getMessage())));
        vms.answered(CommandId.parse(result.getCommandId()), failure, at);
    }
}
