package io.holdfast.journalstore.adapter.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PolicyMapperTest {
    @ParameterizedTest
    @EnumSource(JournalPolicy.State.class)
    void a_group_is_in_the_state_that_was_written(JournalPolicy.State state) {
        TestGroup group = new TestGroup().state(state);
        group.volume(group.agent(), 4096);
        assertThat(PolicyMapper.map(PolicyMessages.of(group)).state()).isEqualTo(state);
    }

    @Test
    void a_run_that_holds_the_machines_leaves_a_group_replicating_until_it_commits() {
        TestGroup group = new TestGroup();
        group.volume(group.agent(), 4096);
        Policy.Builder policy = PolicyMessages.of(group).toBuilder();
        policy.getMembersBuilder(0)
                .setOwnership(Ownership.newBuilder().setEpoch(1).setRecovered(true));
        assertThat(PolicyMapper.map(policy.build()).state()).isEqualTo(JournalPolicy.State.REPLICATE);
        assertThat(PolicyMapper.map(policy.setState(PolicyState.PAUSED).build()).state())
                .isEqualTo(JournalPolicy.State.FAILED_OVER);
    }
}
