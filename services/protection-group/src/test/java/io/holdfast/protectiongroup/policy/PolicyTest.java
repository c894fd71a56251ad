package io.holdfast.protectiongroup.policy;

import static io.holdfast.protectiongroup.group.Groups.DATA;
import static io.holdfast.protectiongroup.group.Groups.FIRST;
import static io.holdfast.protectiongroup.group.Groups.NOW;
import static io.holdfast.protectiongroup.group.Groups.draft;
import static io.holdfast.protectiongroup.group.Groups.healthy;
import static io.holdfast.protectiongroup.group.Groups.protectedGroup;
import static io.holdfast.protectiongroup.group.Groups.syncing;
import static io.holdfast.protectiongroup.group.Groups.vm;
import static io.holdfast.protectiongroup.group.Groups.volume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.protectiongroup.lifecycle.JournalFate;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyTest {
    @Test
    void theDataPlaneHearsOfAGroupWhenItIsStartedAndNotBefore() {
        assertThat(PolicyContent.of(draft())).isEmpty();
        assertThat(PolicyContent.of(draft().remove(JournalFate.DELETE, NOW))).isEmpty();
        assertThat(PolicyContent.of(syncing()).orElseThrow().state()).isEqualTo(PolicyContent.State.REPLICATE);
    }

    @Test
    void observationsOfTheDataPlaneMakeNoNewPolicy() {
        assertThat(PolicyContent.of(syncing().observing(healthy(NOW, FIRST), NOW)))
                .isEqualTo(PolicyContent.of(syncing()));
        var troubled = protectedGroup();
        var vanished = troubled.with(troubled.membership().describedAs(vm(volume(DATA, "data"))));
        assertThat(vanished).isNotEqualTo(troubled);
        assertThat(PolicyContent.of(vanished)).isEqualTo(PolicyContent.of(troubled));
    }

    @Test
    void commandsAndNewDisksMakeOne() {
        var group = protectedGroup();
        assertThat(PolicyContent.of(group.pause(NOW)).orElseThrow().state()).isEqualTo(PolicyContent.State.PAUSED);
        assertThat(PolicyContent.of(group.remove(JournalFate.KEEP, NOW))
                        .orElseThrow()
                        .state())
                .isEqualTo(PolicyContent.State.REMOVED);
        assertThat(PolicyContent.of(group.renamed("other"))).isNotEqualTo(PolicyContent.of(group));
    }

    @Test
    void aGroupIsPlacedOnTheExistingPartitionWithTheFewestGroups() {
        assertThat(Placement.leastLoaded(4, Map.of())).isZero();
        assertThat(Placement.leastLoaded(4, Map.of(0, 2L, 1, 1L, 2, 1L, 3, 5L))).isEqualTo(1);
        assertThat(Placement.leastLoaded(2, Map.of(0, 1L, 1, 1L, 7, 0L))).isZero();
    }

    @Test
    void withoutKnownPartitionsAStartIsRefusedForNow() {
        var refusal = catchThrowableOfType(HoldfastException.class, () -> Placement.leastLoaded(0, Map.of()));

        assertThat(refusal.code()).isEqualTo(GroupError.PLACEMENT_UNKNOWN);
        assertThat(refusal.code().blame().retryable()).isTrue();
    }
}
