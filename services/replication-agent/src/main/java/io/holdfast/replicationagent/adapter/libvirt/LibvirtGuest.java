package io.holdfast.replicationagent.adapter.libvirt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.adapter.qga.QgaAsker;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/** Questions to a guest's agent that libvirt carries. */
final class LibvirtGuest implements QgaAsker {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Domains domains;

    /** Asks the one domain; empty = it is not there. */
    interface Domains {
        Optional<String> ask(Duration limit, LibvirtMachine.Question<String> question) throws LibvirtException;
    }

    LibvirtGuest(Domains domains) {
        this.domains = domains;
    }

    @Override
    public JsonNode ask(String command, ObjectNode arguments, Deadline deadline) throws GuestAgentException {
        ObjectNode request = JSON.createObjectNode().put("execute", command);
        if (!arguments.isEmpty()) {
            request.set("arguments", arguments);
        }
        Duration limit = Duration.ofNanos(Math.max(1, deadline.remainingNanos()));
        int seconds = Math.max(1, Math.toIntExact(TimeUnit.NANOSECONDS.toSeconds(limit.toNanos())));
        try {
            String answer = domains.ask(limit.plusSeconds(1), domain -> said(domain, request.toString(), seconds))
                    .orElseThrow(() -> new GuestAgentException(Kind.GONE, "the machine's domain is gone"));
            return JSON.readTree(answer).path("return");
        } catch (LibvirtException failed) {
            throw new GuestAgentException(kind(failed), "libvirt: " + failed.getMessage(), failed);
        } catch (HoldfastException away) {
            throw new GuestAgentException(Kind.SILENT, String.valueOf(away.getMessage()), away);
        } catch (JsonProcessingException malformed) {
            throw new GuestAgentException(Kind.BROKEN, command + ": an answer that is not JSON", malformed);
        }
    }

    private static String said(Domain domain, String request, int seconds) throws LibvirtException {
        return domain.qemuAgentCommand(request, seconds, 0);
    }

    /** The agent's own errors reach us in these words (libvirt's qemuAgentCheckError); everything else says nothing about what was done. */
    private static Kind kind(LibvirtException failed) {
        return String.valueOf(failed.getMessage()).contains("unable to execute QEMU agent command")
                ? Kind.REFUSED
                : Kind.SILENT;
    }
}
