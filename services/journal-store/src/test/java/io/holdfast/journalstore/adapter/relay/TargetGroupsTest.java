package io.holdfast.journalstore.adapter.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.relay.RelayLimits;
import io.holdfast.kernel.Dscp;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.VmReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a relay offers (docs/extended-replication.md, "When the second site fails over"). */
class TargetGroupsTest {
    @TempDir
    Path folder;

    private final TestGroup group = new TestGroup();

    @ParameterizedTest
    @EnumSource(
            value = JournalPolicy.State.class,
            names = {"REPLICATE", "PAUSED"})
    void the_machines_of_a_group_are_offered_while_something_of_them_may_come(JournalPolicy.State state) {
        assertThat(offer(state).getVmsList()).extracting(VmReport::getVmId).containsExactly(group.vm.toString());
    }

    @ParameterizedTest
    @EnumSource(
            value = JournalPolicy.State.class,
            names = {"FAILED_OVER", "REMOVED"})
    void they_are_let_go_when_nothing_will_come(JournalPolicy.State state) {
        assertThat(offer(state).getVmsList()).isEmpty();
    }

    @Test
    void the_report_says_that_it_is_an_offer() {
        assertThat(offer(JournalPolicy.State.REPLICATE).getOffered()).isTrue();
    }

    private InventoryReport offer(JournalPolicy.State state) {
        group.volume(group.agent(), 16 * 4096);
        try (StoreFixture store = new StoreFixture(folder, group).start()) {
            store.store.follow(group.state(state).policy());
            RelayTarget target = new RelayTarget(
                    "third",
                    List.of(),
                    folder,
                    folder,
                    folder,
                    Dscp.NONE,
                    Set.of(),
                    new TargetIdentity(SiteId.random(), AgentId.random()));
            try (TargetGroups groups = new TargetGroups(
                    target, store.store, new FileRelayMemory(folder.resolve(".relay")), RelayLimits.DEFAULT)) {
                return groups.inventory("host", "store", "1", "127.0.0.1:1");
            }
        }
    }
}
