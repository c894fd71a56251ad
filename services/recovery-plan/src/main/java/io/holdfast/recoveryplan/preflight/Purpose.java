package io.holdfast.recoveryplan.preflight;

import io.holdfast.recoveryplan.machine.Cards;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.Map;

/** What a run would be for: the networks of its machines differ, and its hooks. */
public enum Purpose {
    TEST,
    LIVE;

    Map<String, NetworkTarget> networks(RecoveryGroup group) {
        return cards(group).networks();
    }

    Cards cards(RecoveryGroup group) {
        return new Cards(group.machines(), this == TEST);
    }
}
