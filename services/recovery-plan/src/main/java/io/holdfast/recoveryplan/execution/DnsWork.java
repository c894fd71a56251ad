package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsMessages;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.run.DnsAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The effects of steps about names. A change is sent only when no message that was sent before can have an effect any more: so at any moment at most one is on
 * its way about a record set, and none of an update when its undo ends.
 */
final class DnsWork {
    private final DnsZones zones;
    private final DnsMessages messages;
    private final Clock clock;

    DnsWork(StepWork.Names names, Clock clock) {
        this.zones = names.zones();
        this.messages = names.messages();
        this.clock = clock;
    }

    StepResult perform(Run run, Step step, DnsAction action) {
        return switch (action) {
            case DnsAction.ReadDns read -> read(read);
            case DnsAction.UpdateDns update -> update(run, step, update);
            case DnsAction.RestoreDns restore -> restore(run, restore);
        };
    }

    private StepResult read(DnsAction.ReadDns read) {
        RecordSet set = read.wanted().set();
        RecordValues found = zones.read(set).values();
        if (!read.wanted().mayReplace(found, read.expect())) {
            throw failed(
                    DnsError.DNS_RECORD_UNEXPECTED,
                    set,
                    "says %s; the plan expects %s".formatted(found.text(), String.join(", ", read.expect())));
        }
        return new StepResult.DnsRead(set, found);
    }

    private StepResult update(Run run, Step step, DnsAction.UpdateDns update) {
        RecordSet set = update.wanted().set();
        RecordValues wanted = update.wanted().values();
        RecordValues before = DnsAction.found(run, update.readStepId())
                .orElseThrow(() -> failed(
                        DnsError.DNS_NOT_READ, set, "was not read, so that it could not be put back; left alone"));
        Change change = new Change(set, new DnsMessages.Key(run.id(), step.id()), false);
        Settled now = settled(change);
        if (now.values().equals(wanted)) {
            return new StepResult.DnsUpdated(set, before, wanted, false);
        }
        if (!now.values().sameValues(before) && !now.values().sameValues(wanted)) {
            throw changed(set, before, now.values());
        }
        boolean agreed = replace(change, now, wanted);
        RecordValues after = zones.read(set).values();
        if (after.sameValues(wanted)) {
            return new StepResult.DnsUpdated(set, before, after, true);
        }
        throw agreed
                ? failed(
                        DnsError.DNS_NOT_APPLIED,
                        set,
                        "says %s although the server agreed to %s".formatted(after.text(), wanted.text()))
                : changed(set, before, after);
    }

    private StepResult restore(Run run, DnsAction.RestoreDns restore) {
        RecordSet set = restore.wanted().set();
        RecordValues wanted = restore.wanted().values();
        RecordValues before = DnsAction.found(run, restore.readStepId())
                .orElseThrow(() -> new IllegalStateException("a record set is put back that was never read"));
        Change change = new Change(set, new DnsMessages.Key(run.id(), restore.updateStepId()), true);
        Settled now = settled(change);
        if (now.values().equals(before)) {
            return new StepResult.DnsRestored(set, StepResult.DnsRestored.Outcome.AS_IT_WAS, before);
        }
        if (!now.values().sameValues(wanted)) {
            return new StepResult.DnsRestored(set, StepResult.DnsRestored.Outcome.LEFT, now.values());
        }
        boolean agreed = replace(change, now, before);
        RecordValues after = zones.read(set).values();
        if (after.sameValues(before)) {
            return new StepResult.DnsRestored(set, StepResult.DnsRestored.Outcome.RESTORED, after);
        }
        if (agreed) {
            throw failed(
                    DnsError.DNS_NOT_APPLIED,
                    set,
                    "says %s although the server agreed to %s".formatted(after.text(), before.text()));
        }
        return new StepResult.DnsRestored(set, StepResult.DnsRestored.Outcome.LEFT, after);
    }

    private record Change(RecordSet set, DnsMessages.Key key, boolean undo) {}

    /** @param message the last one of which no answer was seen; it has no effect any more, and {@code values} were read after that */
    private record Settled(RecordValues values, Optional<Instant> message) {}

    private Settled settled(Change change) {
        Optional<Instant> message = messages.enter(change.key(), change.undo());
        DnsZones.Seen seen = zones.read(change.set());
        message.map(signedAt -> signedAt.plus(DnsZones.VALIDITY))
                .filter(until -> !seen.serverTime().isAfter(until))
                .ifPresent(until -> {
                    throw failed(
                            DnsError.DNS_MESSAGE_PENDING,
                            change.set(),
                            "may still be changed by a message that nobody saw answered, until %s by its server's clock, which says %s"
                                    .formatted(until, seen.serverTime()));
                });
        return new Settled(seen.values(), message);
    }

    private boolean replace(Change change, Settled now, RecordValues next) {
        Instant signedAt = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        messages.sending(change.key(), change.undo(), now.message(), signedAt);
        try {
            boolean agreed = zones.replace(change.set(), now.values(), next, signedAt);
            messages.answered(change.key(), signedAt);
            return agreed;
        } catch (HoldfastException refused) {
            if (refused.code() instanceof DnsError error && error.isAnswer()) {
                messages.answered(change.key(), signedAt);
            }
            throw refused;
        }
    }

    private static HoldfastException changed(RecordSet set, RecordValues before, RecordValues now) {
        return failed(
                DnsError.DNS_RECORD_CHANGED,
                set,
                "says %s; it said %s when this run read it, and somebody has changed it since"
                        .formatted(now.text(), before.text()));
    }

    private static HoldfastException failed(DnsError code, RecordSet set, String what) {
        return new HoldfastException(code, set.text() + " " + what);
    }
}
