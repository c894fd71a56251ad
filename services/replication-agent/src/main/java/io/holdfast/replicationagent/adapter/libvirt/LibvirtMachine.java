package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qga.QgaDoor;
import io.holdfast.replicationagent.machine.MachineCapture;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.Screenshot;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;

/** One domain that runs. */
final class LibvirtMachine implements RunningMachine {
    private static final System.Logger LOG = System.getLogger(LibvirtMachine.class.getName());
    private static final Duration GUEST_AGENT = Duration.ofSeconds(3);
    private static final int GUEST_AGENT_SECONDS = 2;
    private static final String PING = "{\"execute\":\"guest-ping\"}";

    private final LibvirtLink link;
    private final Identity identity;
    private final Printed printed;
    private final boolean endWithAgent;
    private boolean silent;

    /** @param number libvirt's, another one for each start of a domain */
    record Identity(MachineOrder order, String owner, int number) {
        /** To be freed by the caller. */
        Optional<Domain> find(Connect libvirt) throws LibvirtException {
            Optional<Domain> found = Domains.find(libvirt, order, owner);
            if (found.isPresent() && found.get().getID() != number) {
                found.get().free();
                return Optional.empty();
            }
            return found;
        }
    }

    /** @param endWithAgent whether {@link #leave} cuts its power */
    LibvirtMachine(LibvirtLink link, Identity identity, Printed printed, boolean endWithAgent) {
        this.link = link;
        this.identity = identity;
        this.printed = printed;
        this.endWithAgent = endWithAgent;
    }

    /** Something asked of the domain. */
    interface Question<T> {
        T of(Domain domain) throws LibvirtException;
    }

    /** Empty = the domain is not there. */
    private <T> Optional<T> ask(Duration limit, Question<T> question) throws LibvirtException {
        return link.call(limit, libvirt -> {
            Optional<Domain> domain = identity.find(libvirt);
            if (domain.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(question.of(domain.get()));
            } finally {
                domain.get().free();
            }
        });
    }

    @Override
    public void release() throws MachineFailure {
        try {
            ask(LibvirtRunner.ANSWER, domain -> {
                        if (domain.getInfo().state == DomainState.VIR_DOMAIN_PAUSED) {
                            domain.resume();
                        }
                        return true;
                    })
                    .orElseThrow(() -> new MachineFailure("the machine's domain is gone"));
        } catch (LibvirtException refused) {
            throw new MachineFailure("libvirt: " + refused.getMessage(), refused);
        }
    }

    @Override
    public synchronized Optional<String> poll() {
        Optional<String> end = Optional.empty();
        try {
            // In this order: what it printed before it ended is there then.
            if (ask(LibvirtRunner.ANSWER, _ -> true).isEmpty()) {
                end = Optional.of(
                        "the guest has ended, or somebody has ended it; libvirt's log of the domain %s says more"
                                .formatted(DomainXml.nameOf(identity.order())));
            }
            heard();
        } catch (HoldfastException | LibvirtException unanswered) {
            notHeard(unanswered);
        }
        try {
            printed.takeOver();
        } catch (IOException unusable) {
            // The state directory is full, or libvirt has not let us read: the console lacks it.
        }
        return end;
    }

    private void heard() {
        if (silent) {
            silent = false;
            LOG.log(
                    System.Logger.Level.INFO,
                    "libvirt answers again; machine=" + identity.order().id());
        }
    }

    private void notHeard(Exception unanswered) {
        if (!silent) {
            silent = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Whether a machine runs is not known, and it counts as running; machine="
                            + identity.order().id() + ": " + unanswered.getMessage());
        }
    }

    @Override
    public String console() {
        return printed.text();
    }

    @Override
    public Optional<Screenshot> screenshot() {
        try {
            return ask(LibvirtRunner.ANSWER, Displays::take).flatMap(Screenshot::of);
        } catch (HoldfastException | LibvirtException unavailable) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<MachineCapture> capture() {
        return Optional.empty();
    }

    @Override
    public boolean isCaptured() {
        // libvirt ends QEMU with its guest, whoever captures it: there is nothing to wait for.
        return false;
    }

    @Override
    public void askToShutDown() {
        try {
            // By the guest's agent when it is there, else the power button.
            ask(LibvirtRunner.ANSWER, domain -> {
                domain.shutdown();
                return true;
            });
        } catch (HoldfastException | LibvirtException deaf) {
            // Its power is cut at the end of the grace time.
        }
    }

    @Override
    public GuestDoor guest() {
        return new QgaDoor(new LibvirtGuest(this::ask));
    }

    @Override
    public Optional<String> probeGuestAgent() {
        try {
            return ask(GUEST_AGENT, domain -> domain.qemuAgentCommand(PING, GUEST_AGENT_SECONDS, 0))
                            .isPresent()
                    ? Optional.empty()
                    : Optional.of("the machine's domain is gone");
        } catch (HoldfastException | LibvirtException silentAgent) {
            return Optional.of(String.valueOf(silentAgent.getMessage()));
        }
    }

    @Override
    public void cut() {
        try {
            ask(LibvirtRunner.END, domain -> {
                destroy(domain);
                return true;
            });
        } catch (LibvirtException refused) {
            throw refused(refused);
        }
    }

    /** One that has ended meanwhile is a success. */
    static void destroy(Domain domain) throws LibvirtException {
        try {
            domain.destroy();
        } catch (LibvirtException failed) {
            if (!Domains.is(failed, ErrorNumber.VIR_ERR_NO_DOMAIN)
                    && !Domains.is(failed, ErrorNumber.VIR_ERR_OPERATION_INVALID)) {
                throw failed;
            }
        }
    }

    static HoldfastException refused(LibvirtException refused) {
        return new HoldfastException(AgentError.QEMU_REFUSED, "libvirt: " + refused.getMessage(), refused);
    }

    @Override
    public void leave() {
        if (endWithAgent) {
            try {
                cut();
            } catch (HoldfastException away) {
                notHeard(away);
            }
        }
    }
}
