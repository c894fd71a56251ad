package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.ownership.FenceState.Failed;
import io.holdfast.replicationagent.ownership.FenceState.Fenced;
import io.holdfast.replicationagent.ownership.FenceState.Served;
import io.holdfast.replicationagent.ownership.RestartRule.Unconfirmed;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OwnershipsTest {
    private final VmId vm = VmId.random();
    private final Ledger ledger = new Ledger();
    private long nanos;

    /** A file in memory. */
    private static final class Ledger implements OwnershipLedger {
        Optional<Entry> kept = Optional.empty();
        boolean full;
        int saves;

        @Override
        public Optional<Entry> load() {
            return kept;
        }

        @Override
        public void save(Entry entry) {
            if (full) {
                throw new HoldfastException(CommonError.STORAGE_FULL, "no room");
            }
            saves++;
            kept = Optional.of(entry);
        }
    }

    private Ownerships start(String boot, Unconfirmed unconfirmed) {
        return new Ownerships(ledger, new RestartRule(boot, Duration.ofSeconds(60), unconfirmed), () -> 7, () -> nanos);
    }

    private Ownerships start() {
        return start("boot-1", Unconfirmed.SERVE);
    }

    private static Ownership owner(long epoch, boolean recovered) {
        return new Ownership(epoch, recovered, "", 0, "");
    }

    private VmGate attached(Ownerships ownerships) {
        VmGate gate = ownerships.newGate();
        ownerships.attach(vm, gate);
        return gate;
    }

    @Test
    void anOwnershipIsKeptBeforeItIsActedOnAndKnownAfterARestart() {
        Ownerships first = start();
        VmGate gate = attached(first);
        boolean[] keptBefore = new boolean[1];
        gate.connected(() -> keptBefore[0] = ledger.kept.orElseThrow().vms().containsKey(vm));

        first.tell(Map.of(vm, owner(3, true)));

        assertThat(keptBefore[0]).isTrue();
        assertThat(gate.isClosed()).isTrue();
        Ownerships second = start();
        assertThat(second.states().get(vm)).isInstanceOf(Fenced.class);
        assertThat(attached(second).isClosed()).isTrue();
        second.tell(Map.of(vm, owner(2, false)));
        assertThat(attached(second).isClosed()).isTrue();
    }

    @Test
    void whatIsOldNewsIsNotEvenWritten() {
        Ownerships ownerships = start();
        ownerships.tell(Map.of(vm, owner(3, true)));
        int saves = ledger.saves;
        ownerships.tell(Map.of(vm, owner(3, true)));
        ownerships.tell(Map.of(vm, owner(1, false)));
        ownerships.tell(Map.of());
        ownerships.tick();
        assertThat(ledger.saves).isEqualTo(saves);
    }

    @Test
    void whatCannotBeKeptForbidsAtOnceIsToldAsFailedAndAllowsNothing() {
        Ownerships ownerships = start();
        VmGate gate = attached(ownerships);
        ledger.full = true;

        ownerships.tell(Map.of(vm, owner(1, true)));

        assertThat(gate.isClosed()).isTrue();
        assertThat(ownerships.states().get(vm)).isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.code())
                .isEqualTo("OWNERSHIP_NOT_KEPT"));
        ledger.full = false;
        ownerships.tick();
        assertThat(ownerships.states().get(vm)).isEqualTo(new Fenced(1, 7));
        ledger.full = true;
        ownerships.tell(Map.of(vm, owner(2, false)));
        assertThat(gate.isClosed())
                .as("the file still says that it is owned elsewhere")
                .isTrue();
        ledger.full = false;
        ownerships.tick();
        assertThat(gate.isClosed()).isFalse();
        assertThat(ownerships.states().get(vm)).isEqualTo(new Served(2, 7));
    }

    @Test
    void ofMoreMachinesThanAnyHostHasNothingIsTaken() {
        Ownerships ownerships = start();
        Map<VmId, Ownership> first = new HashMap<>();
        for (int i = 0; i < Ownerships.MAX_VMS; i++) {
            first.put(VmId.random(), owner(1, true));
        }
        ownerships.tell(first);
        VmGate gate = attached(ownerships);

        assertThatThrownBy(() -> ownerships.tell(Map.of(vm, owner(1, true))))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(gate.isClosed()).isFalse();
        assertThat(ownerships.states()).hasSize(Ownerships.MAX_VMS).doesNotContainKey(vm);
        VmId known = first.keySet().iterator().next();
        ownerships.tell(Map.of(known, owner(2, false)));
        assertThat(ownerships.states().get(known)).isInstanceOf(Served.class);
    }

    @Test
    void aMachineThatIsTakenAwayLeavesAFenceThatHolds() {
        Ownerships ownerships = start();
        VmGate gate = attached(ownerships);
        gate.enter();
        ownerships.tell(Map.of(vm, owner(1, true)));
        assertThat(ownerships.states().get(vm)).isInstanceOf(FenceState.Fencing.class);
        assertThat(ownerships.fencedMachines()).isEqualTo(1);
        ownerships.detach(vm);
        assertThat(ownerships.states().get(vm)).isInstanceOf(Fenced.class);
        assertThat(ownerships.fencedMachines()).isZero();
    }

    @Test
    void afterARestartOfTheHostTheLimitEndsTheWaitOrDoesNotAsThePersonHasSaid() {
        start();
        Ownerships serving = start("boot-2", Unconfirmed.SERVE);
        VmGate gate = attached(serving);
        nanos = Duration.ofSeconds(59).toNanos();
        serving.tick();
        assertThat(gate.isClosed()).isTrue();
        assertThat(serving.isConfirmed()).isFalse();
        // The agent is restarted before anybody has told: it waits from the beginning.
        assertThat(attached(start("boot-2", Unconfirmed.SERVE)).isClosed()).isTrue();
        nanos = Duration.ofSeconds(60).toNanos();
        serving.tick();
        assertThat(gate.isClosed()).isFalse();
        assertThat(attached(start("boot-2", Unconfirmed.SERVE)).isClosed()).isFalse();

        Ownerships refusing = start("boot-3", Unconfirmed.REFUSE);
        VmGate closed = attached(refusing);
        nanos += Duration.ofDays(30).toNanos();
        refusing.tick();
        assertThat(closed.isClosed()).isTrue();
        refusing.tell(Map.of());
        assertThat(closed.isClosed()).isFalse();
    }

    @Test
    void theEndOfTheWaitLiftsNoFence() {
        start().tell(Map.of(vm, owner(1, true)));
        Ownerships ownerships = start("boot-2", Unconfirmed.SERVE);
        VmGate gate = attached(ownerships);
        nanos = Duration.ofSeconds(60).toNanos();
        ownerships.tick();
        assertThat(gate.isClosed()).isTrue();
    }
}
